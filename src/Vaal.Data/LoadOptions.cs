using Vaal.Data.Formats;

namespace Vaal.Data;

/// <summary>How images are read.</summary>
public sealed class LoadOptions
{
    internal LoadOptions() { }

    internal LoadOptions(LoadOptions from) => OptionsCopy.Fill(this, from);

    /// <summary>A way to read images. <see cref="DataFormats.Load"/> refuses what is out of range.</summary>
    /// <param name="size">side of the square that photographs are brought to, in pixels: 32, 64, 128 or 256</param>
    /// <param name="frame">size of images with masks, such as <c>240x180</c>, 16 to 4096 pixels each way; null: the
    /// first image's, brought down to 256 on its longer side if it is over that</param>
    /// <param name="strict">a file that cannot be used stops the run; otherwise it is left out, with a note</param>
    /// <param name="channels">1 (grey) or 3 (RGB), for photographs; null: 3</param>
    /// <param name="report">hears how far decoding is</param>
    /// <param name="cancel">stops it; what was decoded stays in the cache</param>
    /// <exception cref="InputException">the frame is no width and height</exception>
    public LoadOptions(int size = 64, string? frame = null, bool strict = false, int? channels = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        (Size, Frame, Strict, Channels) = (size, FrameOf(frame), strict, channels);
        (Report, Cancel) = (report, cancel);
    }

    /// <summary>Side of the square that photographs are brought to, in pixels: 32, 64, 128 or 256.
    /// Formats of a fixed size (CIFAR, IDX) are 32 whatever this says.</summary>
    public int Size { get; internal init; } = 64;

    /// <summary>Size of images with masks, in pixels, 16 to 4096 each way; null: the first image's, brought down to 256
    /// on its longer side if it is over that. Nothing else heeds it.</summary>
    public (int Width, int Height)? Frame { get; internal init; }

    internal Fit Fit { get; init; } = Fit.Crop;

    /// <summary>A file that cannot be used stops the run; otherwise it is left out, with a note.</summary>
    public bool Strict { get; internal init; }

    /// <summary>1 (grey) or 3 (RGB), for photographs; null: 3.</summary>
    public int? Channels { get; internal init; }

    /// <summary>Photographs with more pixels than this are left out, before memory is taken for them.</summary>
    internal long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Folder for the packed cache; null: <c>.vaal</c> inside the image folder, or the user's cache folder
    /// where that is read-only.</summary>
    internal string? CacheFolder { get; init; }

    /// <summary>Decoding threads; 0: one a processor.</summary>
    internal int Threads { get; init; }

    /// <summary>How much decoding a kill loses at most.</summary>
    internal TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(1);

    public Action<TrainEvent>? Report { get; internal init; }
    public CancellationToken Cancel { get; internal init; }

    /// <summary>Where the packed cache lies if the image folder is read-only; null: nowhere.</summary>
    internal string? UserCacheFolder { get; init; } = RuntimeOptions.Current.CacheFolder;

    /// <summary>In place of the square, for a set with masks.</summary>
    internal (int Width, int Height)? Rectangle { get; init; }

    /// <summary>The files are masks, and this is what they mean; null: they are pictures.</summary>
    internal MaskIds? Masks { get; init; }

    /// <summary>What pictures and masks are brought to, in pixels.</summary>
    internal (int Width, int Height) Target => Rectangle ?? (Size, Size);

    internal const string FrameIs = "the frame is", FrameExample = "240x180";

    /// <summary>Reads what somebody wrote for <see cref="Frame"/>, such as <c>240x180</c>.</summary>
    /// <exception cref="InputException">it is no width and height</exception>
    internal static (int Width, int Height)? FrameOf(string? text) =>
        text is null ? null : Sides.Parse(text, FrameIs, FrameExample);

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Size is not (32 or 64 or 128 or 256)) yield return $"image size is {Size}; it must be 32, 64, 128 or 256";
        if (Frame is { } f && (f.Width is < 16 or > 4096 || f.Height is < 16 or > 4096))
            yield return $"the frame is {f.Width}×{f.Height}; its sides must be 16 to 4096 pixels";
        if (Channels is not (null or 1 or 3)) yield return $"channels is {Channels}; it must be 1 or 3";
        if (MaxPixels < 1) yield return $"the limit on pixels is {MaxPixels}; it must be at least 1";
        if (Threads < 0) yield return $"threads is {Threads}; it must be 0 (one a processor) or more";
    }
}
