using Vaal.Heads;

namespace Vaal.Web;

/// <summary>Predictions of labelled images by heads that did not see their labels, where an image may have several
/// classes.</summary>
/// <param name="Rows">of the pool</param>
/// <param name="Sets">the classes of each label, by the head's numbers</param>
/// <param name="Probabilities">(n, K)</param>
internal sealed record HeldOut(int[] Rows, int[][] Sets, double[] Probabilities);

/// <summary>How well several classes an image were predicted on labelled test images.</summary>
internal sealed record MultiLabelScore(Interval MeanAp, Interval MacroF1);

/// <summary>What was learned from the labels of one moment.</summary>
/// <param name="Head">null: the labels name fewer than two classes</param>
/// <param name="Names">class of each output of the head</param>
/// <param name="Index">the features that it reads</param>
/// <param name="Labels">labels of the pool that it was fitted on</param>
/// <param name="Correct">labelled test images that it gets right, of <paramref name="Tests"/></param>
internal sealed record Learned(PoolIndex Index, LinearHead? Head, string[] Names, int Labels, int Correct, int Tests)
{
    /// <summary>On the <see cref="Tests"/>, where an image may have several classes; null: it has one, or there are no
    /// tests.</summary>
    public MultiLabelScore? MultiLabel { get; init; }

    /// <summary>If an image may have several classes: what heads that did not see a label say of its image. Null: not
    /// known yet, or too few labels.</summary>
    public HeldOut? HeldOut { get; init; }

    /// <summary>Least probability of a suggestion, by held-out labels; null: none is good enough, or it is not known
    /// yet.</summary>
    public double? SuggestAbove { get; init; }

    /// <summary>Share of the unlabelled images that the labels cover, 0..1, as <see cref="CoveredShare"/> says;
    /// null: it is not known.</summary>
    public double? Covered { get; init; }

    /// <summary>Probabilities of each row of the pool for which they are wanted, (n, K).</summary>
    public double[] Probabilities(int[] rows) => Head!.Probabilities(Index.Pool.Copy(rows));

    /// <summary>The most probable class of an image of the pool; null: there is no head, or it has no
    /// features.</summary>
    public SuggestionJson? Predicted(int position)
    {
        if (Of(position) is not { } p) return null;
        var best = Best(p);
        return new(Names[best], p[best]);
    }

    /// <summary>The classes of an image of the pool with at least this probability, the most probable first, where an
    /// image may have several.</summary>
    public IReadOnlyList<SuggestionJson> PredictedSet(int position, double least) => Of(position) is not { } p ? []
        : [.. Enumerable.Range(0, p.Length).Where(k => p[k] >= least).OrderByDescending(k => p[k])
            .Select(k => new SuggestionJson(Names[k], p[k]))];

    // null: there is no head, or the image has no features
    private double[]? Of(int position) =>
        Head is null || position >= Index.RowOf.Length || Index.RowOf[position] is not (>= 0 and var row)
            ? null : Probabilities([row]);

    /// <summary>The position of the greatest number, the first where there are several.</summary>
    public static int Best(ReadOnlySpan<double> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return best;
    }
}
