namespace Vaal.Data;

/// <summary>
/// The pool of active learning: which images are labelled, with what class, and which are not (yet).
/// Both lists are kept in ascending order of id, so that a run does not depend on the order of the picks.
/// </summary>
public sealed class Pool
{
    private readonly SortedDictionary<int, int> _labelled = [];
    private readonly int[]? _members;
    private int[]? _unlabelled, _labelledIds;

    /// <param name="members">ids that are in the pool, where not all of <paramref name="images"/> are (a test set is
    /// not); each once</param>
    /// <exception cref="ArgumentException">there is no such image, or it is named twice</exception>
    public Pool(ImageSet images, IReadOnlyList<int>? members = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        Images = images;
        if (members is null) return;
        _members = [.. members.Order()];
        for (var i = 0; i < _members.Length; i++)
        {
            if (_members[i] < 0 || _members[i] >= images.Count)
                throw new ArgumentException(
                    $"expected ids of {images.Count} images, found {_members[i]}", nameof(members));
            if (i > 0 && _members[i] == _members[i - 1])
                throw new ArgumentException($"expected each image once, found {_members[i]} twice", nameof(members));
        }
    }

    /// <summary>A pool of some images, labelled with their own class (-1 where they have none) or not.</summary>
    internal static Pool Of(ImageSet images, IReadOnlyCollection<int> labelled, IEnumerable<int> unlabelled)
    {
        var pool = new Pool(images, [.. labelled, .. unlabelled]);
        foreach (var id in labelled) pool.Label(id, LabelForm.Of(images).ClassOf(images, id));
        return pool;
    }

    /// <summary>All images; those outside of the pool as well.</summary>
    public ImageSet Images { get; }

    /// <summary>Ids with a label, ascending.</summary>
    public IReadOnlyList<int> Labelled => Array.AsReadOnly(LabelledIds);

    /// <summary>Ids without a label, ascending.</summary>
    public IReadOnlyList<int> Unlabelled => Array.AsReadOnly(UnlabelledIds);

    internal int[] LabelledIds => _labelledIds ??= [.. _labelled.Keys];
    internal int[] UnlabelledIds => _unlabelled ??=
        [.. (_members ?? Enumerable.Range(0, Images.Count)).Where(id => !_labelled.ContainsKey(id))];

    internal bool IsLabelled(int id) => _labelled.ContainsKey(id);

    /// <summary>The class that the oracle gave; -1: none, as of an image with a mask or with several
    /// classes.</summary>
    /// <exception cref="InvalidOperationException">the image has no label</exception>
    public int ClassOf(int id) => _labelled.TryGetValue(id, out var label) ? label
        : throw new InvalidOperationException($"expected an image with a label, found image {id} without one");

    /// <summary>The same labelled images, and of the unlabelled ones only these.</summary>
    /// <param name="unlabelled">ids without a label, distinct</param>
    internal Pool Restrict(IEnumerable<int> unlabelled)
    {
        int[] left = [.. unlabelled];
        if (left.Any(IsLabelled))
            throw new ArgumentException(
                $"expected images without a label, found image {left.First(IsLabelled)}", nameof(unlabelled));
        var restricted = new Pool(Images, [.. _labelled.Keys, .. left]);
        foreach (var (id, label) in _labelled) restricted.Label(id, label);
        return restricted;
    }

    /// <summary>Moves one image from unlabelled to labelled.</summary>
    /// <param name="label">its class, from 0; -1: it has a label that is not one class</param>
    /// <exception cref="ArgumentOutOfRangeException">there is no such image, or the class is under -1</exception>
    /// <exception cref="ArgumentException">the image is not in the pool</exception>
    /// <exception cref="InvalidOperationException">it has a label already</exception>
    public void Label(int id, int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Images.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(label, -1);
        if (_members is not null && Array.BinarySearch(_members, id) < 0)
            throw new ArgumentException($"image {id} is not in the pool", nameof(id));
        if (!_labelled.TryAdd(id, label)) throw new InvalidOperationException($"image {id} has a label already");
        (_labelledIds, _unlabelled) = (null, null);
    }
}
