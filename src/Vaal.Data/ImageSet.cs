namespace Vaal.Data;

/// <summary>
/// N images of one size as bytes, plane by plane (C, H, W), with what is known of each: a class, a path.
/// An image's id is its position, 0..Count-1.
/// </summary>
public sealed class ImageSet : IDisposable
{
    /// <summary>The class of a mask's pixels that nobody has given a class.</summary>
    internal const byte Ignore = 255;

    private readonly PixelStore _pixels;
    private readonly int[]? _places;
    private readonly Dictionary<int, ImageSet> _squares = [];                  // by side; several runs share a set
    private bool _disposed;

    /// <param name="pixels">image after image, each plane by plane (C, H, W)</param>
    /// <param name="channels">1 (grey) or 3 (RGB)</param>
    /// <param name="classes">of each image, from 0; -1: not known; null: there are none</param>
    /// <param name="paths">of each image, relative; null: there are none</param>
    /// <param name="classSets">where an image may have several classes: those of each, ascending and distinct, null
    /// where they are not known; null: an image has one class</param>
    /// <exception cref="ArgumentException">the sizes make no sense, or do not fit each other; a class is under
    /// -1</exception>
    public ImageSet(byte[] pixels, int channels, int height, int width, int[]? classes = null, string[]? paths = null,
        IReadOnlyList<int[]?>? classSets = null)
        : this(PixelStore.Copy(Checked(pixels, channels, height, width, classes, paths)), channels, height, width,
            classes, paths, masks: null) => ClassSets = classSets;

    /// <param name="pixels">Count · C · H · W bytes; more of them where <paramref name="places"/> says which are
    /// meant</param>
    /// <param name="classes">class of each image, or -1 where none is known; empty when the set has no labels at
    /// all</param>
    /// <param name="paths">where each image came from, relative to the source; empty when it was not a file</param>
    /// <param name="masks">a class for each pixel of each image, (1, H, W), or <see cref="Ignore"/>; null: the images
    /// have no masks</param>
    /// <param name="places">which of the images in <paramref name="pixels"/> are the set's, by id; null: all</param>
    internal ImageSet(
        PixelStore pixels, int channels, int height, int width, int[]? classes = null, string[]? paths = null,
        ImageSet? masks = null, int[]? places = null)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        Count = CountOf(pixels.Length, channels, height, width, classes, paths, places);
        (_pixels, Channels, Height, Width) = (pixels, channels, height, width);
        ImageBytes = channels * height * width;
        (_places, Masks) = (places, masks);
        Classes = classes ?? [];
        Paths = paths ?? [];
        if (masks is not null && (masks.Count, masks.Channels, masks.Height, masks.Width) != (Count, 1, height, width))
            throw new ArgumentException(
                $"{masks.Count} masks of {masks.Width}×{masks.Height} for {Count} images of {width}×{height}");
    }

    public int Count { get; }
    public int Channels { get; }
    public int Height { get; }
    public int Width { get; }

    /// <summary>C · H · W.</summary>
    internal int ImageBytes { get; }

    /// <summary>Class of each image, or -1; empty when the set has no labels.</summary>
    public IReadOnlyList<int> Classes { get; }

    /// <summary>Path of each image relative to the source, with '/'; empty when images were not files.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The class of each pixel of each image, by the same ids: (1, H, W) bytes, <see cref="Ignore"/> where
    /// there is none. Null: no masks.</summary>
    internal ImageSet? Masks { get; }

    /// <summary>Where an image may have several classes: those of each, ascending and distinct, by the same ids; null
    /// for an image whose classes are not known. The list is null where an image has one class, or a mask.</summary>
    /// <exception cref="ArgumentException">the list is not as long as the set; the set is disposed</exception>
    public IReadOnlyList<int[]?>? ClassSets
    {
        get;
        internal init
        {
            if (value is not null && value.Count != Count)
            {
                Dispose();                                                         // nobody else has it yet
                throw new ArgumentException(
                    $"expected the classes of {Count} images, found those of {value.Count}", nameof(value));
            }
            field = value;
        }
    }

    /// <summary>Pixels at each side that only show what lies around: their masks have no class, and strategies do not
    /// score them.</summary>
    internal int Margin { get; init; }

    /// <summary>Folder that <see cref="Paths"/> are relative to, where they are whole image files; null: there are
    /// none.</summary>
    internal string? Root { get; init; }

    /// <summary>One image's bytes, (C, H, W): valid until the set is disposed, and not to be read later.</summary>
    /// <exception cref="ArgumentOutOfRangeException">the set has no such image</exception>
    public ReadOnlySpan<byte> this[int id] => _pixels.Slice(At(id), ImageBytes);

    /// <summary>Copies one image's bytes: faster than the indexer where the images are in a large file.</summary>
    internal void CopyTo(int id, Span<byte> into) => _pixels.CopyTo(At(id), into[..ImageBytes]);

    /// <summary>The images as squares, their shape lost: the set itself where they are that already, else a copy that
    /// is made once a side and goes when the set goes.</summary>
    /// <param name="side">pixels</param>
    internal ImageSet Squared(int side)
    {
        ThrowIfDisposed();
        if (Height == side && Width == side) return this;
        lock (_squares) return _squares.TryGetValue(side, out var known) ? known : _squares[side] = Squares(side);
    }

    private ImageSet Squares(int side)
    {
        var options = new LoadOptions { Size = side, Fit = Fit.Stretch, Channels = Channels };
        var pixels = PixelStore.Allocate((long)Count * Channels * side * side);
        Parallel.For(0, Count, id =>
        {
            var image = this[id];
            var plane = Height * Width;
            var rgba = new byte[4 * plane];
            for (var i = 0; i < rgba.Length; i++)
                rgba[i] = i % 4 == 3 ? (byte)255 : image[(Channels == 1 ? 0 : i % 4 * plane) + i / 4];
            Resampler.Resize(
                rgba, Width, Height, 1,
                pixels.Writable((long)id * Channels * side * side, Channels * side * side), options);
        });
        return new ImageSet(pixels, Channels, side, side);
    }

    /// <summary>A copy of some of the images, in the order of <paramref name="ids"/>.</summary>
    internal ImageSet Subset(IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var pixels = PixelStore.Allocate((long)ids.Count * ImageBytes);
        for (var i = 0; i < ids.Count; i++) CopyTo(ids[i], pixels.Writable((long)i * ImageBytes, ImageBytes));
        return new ImageSet(pixels, Channels, Height, Width,
            Classes.Count == 0
                ? null
                : [.. ids.Select(id => Classes[id])], Paths.Count == 0
                ? null
                : [.. ids.Select(id => Paths[id])],
            Masks?.Subset(ids))
        {
            Margin = Margin,
            Root = Root,
            ClassSets = ClassSets is { } sets ? [.. ids.Select(id => sets[id])] : null,
        };
    }

    /// <exception cref="ObjectDisposedException">it is disposed</exception>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    public void Dispose()
    {
        _disposed = true;
        Masks?.Dispose();
        foreach (var squares in _squares.Values) squares.Dispose();
        _pixels.Dispose();
    }

    private long At(int id) => id >= 0 && id < Count ? (long)(_places?[id] ?? id) * ImageBytes
        : throw new ArgumentOutOfRangeException(
            nameof(id), id, $"expected the id of one of {Count} images, found {id}");

    // before memory is taken: nobody could free it
    private static byte[] Checked(byte[] pixels, int channels, int height, int width, int[]? classes, string[]? paths)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        _ = CountOf(pixels.Length, channels, height, width, classes, paths, null);
        return pixels;
    }

    private static int CountOf(
        long bytes, int channels, int height, int width, int[]? classes, string[]? paths, int[]? places)
    {
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 or 3");
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if ((long)height * width > Array.MaxLength / channels)
            throw new ArgumentOutOfRangeException(nameof(width), width,
                $"expected at most {Array.MaxLength} bytes an image, found {channels} planes of {width}×{height}");
        var imageBytes = channels * height * width;
        if (bytes % imageBytes != 0)
            throw new ArgumentException($"{bytes} bytes are no whole number of images of {imageBytes}");
        var count = places?.Length ?? checked((int)(bytes / imageBytes));
        if (classes is { Length: > 0 } && classes.Length != count)
            throw new ArgumentException($"{classes.Length} classes for {count} images");
        if (classes is not null && Array.FindIndex(classes, c => c < -1) is >= 0 and var strange)
            throw new ArgumentOutOfRangeException(nameof(classes), classes[strange],
                $"expected a class from 0, or -1 where none is known, found {classes[strange]} of image {strange}");
        if (paths is { Length: > 0 } && paths.Length != count)
            throw new ArgumentException($"{paths.Length} paths for {count} images");
        return count;
    }
}
