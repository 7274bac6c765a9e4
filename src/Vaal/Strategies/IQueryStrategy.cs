
namespace Vaal.Strategies;

/// <summary>
/// A way to choose which images to label next. One file per strategy, one line in <c>QueryStrategies.cs</c>.
/// Implement this for whole-set methods; derive from <see cref="ScoringStrategy"/> when every image has a score of its
/// own.
/// </summary>
public interface IQueryStrategy
{
    /// <summary>Chooses at most <see cref="Query.Budget"/> distinct unlabelled images, at least one where any is left;
    /// the same query, the same choice. Leaves the pool and the networks' train/eval mode as they were.</summary>
    Selection Select(Query query);

    /// <summary>It compares images with labelled ones. Without labels, another strategy must choose the first
    /// batch.</summary>
    bool NeedsLabels => true;

    /// <summary>It computes with the class of an image, and so cannot choose among images with masks or with several
    /// classes.</summary>
    bool NeedsImageClasses => false;

    /// <summary>It asks the task model itself, which must then be a network: a head on features, such as <c>linear</c>,
    /// is none. Said before anything is encoded or trained.</summary>
    /// <param name="encoder">an encoder's features are there, on which a head of the strategy's own can answer</param>
    internal bool NeedsNetwork(bool encoder) => false;

    /// <summary>It judges every image by itself, so its best images may be similar. The caller may request more
    /// candidates and diversify them.</summary>
    bool JudgesAlone => false;

    /// <summary>A score as a benefit of at least 0, which can be divided by the cost of a label. Negative if the score
    /// is no benefit.</summary>
    double Benefit(float score) => score;

    /// <summary>Why an image was chosen, in words for the person who labels it.</summary>
    /// <param name="score">that it gave the image; null where it gives none</param>
    string Reason(float? score) => score is { } s
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"scores {s:G3}")
        : "chosen as part of the batch";
}
