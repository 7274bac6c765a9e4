namespace Vaal.Data;

/// <summary>What a data format read: the images to choose from, and the test images where the source has
/// any.</summary>
public sealed class DataSet : IDisposable
{
    /// <param name="classNames">by class number, each once; empty: the source has no labels</param>
    /// <exception cref="ArgumentException">a name of a class is null or there twice</exception>
    public DataSet(
        string name, ImageSet pool, ImageSet? test, IReadOnlyList<string> classNames, IReadOnlyList<string> notes,
        string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentNullException.ThrowIfNull(notes);
        ArgumentNullException.ThrowIfNull(fingerprint);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (number, of) in classNames.Index())
            if (of is null || !seen.Add(of))
                throw new ArgumentException(
                    $"expected a name of its own for each class, found {(of is null ? "null" : $"'{of}' again")} for "
                        + $"class {number}", nameof(classNames));
        (Name, Pool, Test, ClassNames, Notes, Fingerprint) = (name, pool, test, classNames, notes, fingerprint);
    }

    /// <summary>Short, for reports: <c>cifar10</c>, or the folder's name.</summary>
    public string Name { get; }

    /// <summary>Training images: labelled and unlabelled are told apart by <see cref="Pool"/>, not here.</summary>
    public ImageSet Pool { get; }

    /// <summary>Held-out images with their classes, or null.</summary>
    public ImageSet? Test { get; }

    /// <summary>By class number; empty when the source has no labels.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>One line each for what the user must know: a missing training batch, files left out and why.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Changes whenever an image, a class or the size does: hexadecimal SHA-256 over them or over the source
    /// files.</summary>
    internal string Fingerprint { get; }

    /// <summary>Super-class of each class (CIFAR-100's coarse labels); empty when the source has none, -1 for a class
    /// that is not in it.</summary>
    internal IReadOnlyList<int> SuperClasses { get; init; } = [];

    /// <summary>Images were set apart or changed since the source was read, so that a file that numbers its images does
    /// not fit.</summary>
    internal bool Renumbered { get; init; }

    /// <summary>The set itself where it has test images, or no labels. Otherwise at most a share of its images is set
    /// apart, equally many of each class as far as that goes. Never more than half of a class is taken. This set is
    /// disposed then: use the one that is returned.</summary>
    /// <param name="share">of the images, above 0 and at most 0.5</param>
    /// <exception cref="ArgumentOutOfRangeException">the share is another number</exception>
    public DataSet WithTest(long seed, double share = 0.2)
    {
        if (!(share is > 0 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(share), share, "expected a share above 0 and at most 0.5");
        if (Test is { Count: > 0 } || !LabelForm.Of(Pool).IsIn(Pool)) return this;
        var test = InitialPool.Draw(
            Pool, (int)(share * Pool.Count), InitialDraw.Stratified, Seeds.Derive(seed, "test split", 0));
        if (Pool.Classes.Count > 0)
        {
            var most = Pool.Classes.CountBy(c => c).ToDictionary(p => p.Key, p => p.Value / 2);
            test = [.. test.Where(id => most[Pool.Classes[id]]-- > 0)];
        }
        var chosen = test.ToHashSet();
        int[] rest = [.. Enumerable.Range(0, Pool.Count).Where(id => !chosen.Contains(id))];
        var split = With(Pool.Subset(rest), Pool.Subset(test),
            [$"{Name} has no test images: {test.Length:N0} of its {Pool.Count:N0} "
                + $"{(test.Length == 1 ? "was" : "were")} set apart to test on"]);
        Dispose();
        return split;
    }

    /// <summary>The set with a harder pool than its source's; the test set stays as it is. Where the pool changes, this
    /// set's is disposed: use the set that is returned.</summary>
    /// <param name="seed">decides which classes are rare, which of their images stay, and how copies differ</param>
    /// <param name="imbalance">a long tail (Cui et al., CVPR 2019): images of the most frequent class for one of the
    /// rarest, from 1; 1: as it is</param>
    /// <param name="copies">every image this many times, slightly changed, from 1; 1: as it is</param>
    /// <param name="regions">columns and rows, such as 4x3, that images with masks are cut into: each part is a choice
    /// and a label of its own; null: they stay whole</param>
    /// <exception cref="InputException">a number is out of range, or it does not suit the images</exception>
    public DataSet WithHarderPool(long seed, double imbalance = 1, int copies = 1, string? regions = null)
    {
        var data = this;
        if (imbalance != 1) data = data.WithLongTail(imbalance, seed);
        if (copies != 1) data = data.WithCopies(copies, seed);
        return regions is null ? data : data.WithRegions(regions);
    }

    internal DataSet With(ImageSet pool, ImageSet? test, IEnumerable<string> notes, string? name = null,
        string? fingerprint = null, bool renumbered = true) =>
        new(name ?? Name, pool, test, ClassNames, [.. Notes, .. notes], fingerprint ?? Fingerprint)
        {
            SuperClasses = SuperClasses,
            Renumbered = renumbered,
        };

    public void Dispose()
    {
        Pool.Dispose();
        Test?.Dispose();
    }
}
