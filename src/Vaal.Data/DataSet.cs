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
