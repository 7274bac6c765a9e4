namespace Vaal.Data;

/// <summary>
/// The pool of active learning: which images are labelled, with what class, and which are not (yet).
/// Both lists are kept in ascending order of id, so that a run does not depend on the order of the picks.
/// </summary>
public sealed class Pool
{
    private readonly SortedDictionary<int, int> _labelled = [];
    private int[]? _unlabelled, _labelledIds;

    public Pool(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        Images = images;
    }

    public ImageSet Images { get; }

    /// <summary>Ids with a label, ascending.</summary>
    public IReadOnlyList<int> Labelled => LabelledIds;

    /// <summary>Ids without a label, ascending.</summary>
    public IReadOnlyList<int> Unlabelled => UnlabelledIds;

    internal int[] LabelledIds => _labelledIds ??= [.. _labelled.Keys];
    internal int[] UnlabelledIds => _unlabelled ??= [.. Enumerable.Range(0, Images.Count).Where(id => !_labelled.ContainsKey(id))];

    public bool IsLabelled(int id) => _labelled.ContainsKey(id);

    /// <summary>The class that the oracle gave.</summary>
    public int ClassOf(int id) => _labelled[id];

    /// <summary>Moves one image from unlabelled to labelled.</summary>
    /// <exception cref="InvalidOperationException">it has a label already</exception>
    public void Label(int id, int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Images.Count);
        if (!_labelled.TryAdd(id, label)) throw new InvalidOperationException($"image {id} has a label already");
        (_labelledIds, _unlabelled) = (null, null);
    }
}
