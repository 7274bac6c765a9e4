using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace Vaal.Data;

/// <summary>What became of one image file.</summary>
/// <param name="Width">of the picture as it is meant to be seen; 0 where the header could not be read</param>
/// <param name="Problem">why the file cannot be used, in a few words; null when its pixels are there</param>
/// <param name="Unreachable">the file could not be opened: its content is not to blame, so another try may work</param>
internal readonly record struct Decoded(int Width, int Height, string? Problem = null, bool Unreachable = false);

/// <summary>
/// One JPEG, PNG, WebP, BMP or GIF (first frame) as a small square of bytes, or a rectangle where the options have one.
/// EXIF orientation is obeyed, what is transparent shows white, 16 bits become 8, CMYK becomes RGB; colour profiles are
/// not applied.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>No format of photographs goes further, and the resampling tables stay small.</summary>
    private const int MaxSide = 65_535;

    /// <summary>What one span of RGBA can hold.</summary>
    private const long MostPixels = int.MaxValue / 4;

    /// <summary>Files up to so many bytes are decoded from memory.</summary>
    public const int ReadWhole = 16 << 20;

    /// <summary>
    /// Above this many pixels only one image is decoded at a time, so that threads do not multiply the memory.
    /// </summary>
    private const long Large = 16_000_000;

    private static readonly Lock _oneLarge = new();

    /// <summary>Bytes that one image, or mask, takes under these options.</summary>
    public static int ImageBytes(LoadOptions options)
        => (options.Masks is null ? options.Channels ?? 3 : 1) * options.Target.Width * options.Target.Height;

    /// <summary>
    /// Width and height of the picture as it is meant to be seen, by its header alone; null where that cannot be read.
    /// </summary>
    public static (int Width, int Height)? SizeOf(string path)
    {
        using var codec = Open(path);
        if (codec is null) return null;
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        return Turned(OriginOf(codec, path)) ? (height, width) : (width, height);
    }

    /// <summary>The decoder of a file; null: there is none, or it is no picture.</summary>
    public static SKCodec? Open(string path) => RegularFile.Length(path) > 0 ? SKCodec.Create(path) : null;

    /// <summary>Which way up a file is.</summary>
    public static SKEncodedOrigin OriginOf(SKCodec codec, string path)
    {
        using var file = RegularFile.OpenRead(path);
        return ExifOrientation.Of(codec, file);
    }

    /// <summary>
    /// Writes the image into <paramref name="target"/>, plane by plane: (C, H, W). Throws for no file whatever is in
    /// it.
    /// </summary>
    public static Decoded Decode(string path, Span<byte> target, LoadOptions options)
    {
        try
        {
            // refuses pipes and devices
            if (RegularFile.Info(path).Length == 0) return new(0, 0, "the file is empty");
            using var file = File.OpenHandle(path);
            Span<byte> space = stackalloc byte[12];
            var start = space[..RandomAccess.Read(file, space, 0)];
            if (!IsKnown(start)) return new(0, 0, OtherFormats.Words(start));
            if (RandomAccess.GetLength(file) <= ReadWhole) return DecodeWhole(file, target, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(0, 0, e is not (FileNotFoundException or DirectoryNotFoundException) ? e.Message
                // what .NET makes of bytes that are no text leads nowhere
                : path.Contains('\uFFFD') ? "its name is not UTF-8; rename it" : "there is no such file",
                Unreachable: true);
        }
        using var stream = SKFileStream.OpenStream(path);
        using var codec = SKCodec.Create(stream, out var opened);
        return Decode(codec, codec is null ? default : OriginOf(codec, path), opened, target, options);
    }

    /// <summary>The same of a file's bytes, whatever is in them.</summary>
    public static Decoded DecodeFile(ReadOnlySpan<byte> bytes, Span<byte> target, LoadOptions options)
    {
        if (bytes.IsEmpty) return new(0, 0, "the file is empty");
        var start = bytes[..Math.Min(12, bytes.Length)];
        return IsKnown(start) ? Decode(bytes, target, options) : new(0, 0, OtherFormats.Words(start));
    }

    // From memory libjpeg takes its quick path, which wants kilobytes to look ahead into; through a stream it gets one
    // at a time. Not mapped: a file that somebody cuts short meanwhile would end the process.
    private static Decoded DecodeWhole(SafeFileHandle file, Span<byte> target, LoadOptions options)
    {
        var bytes = ArrayPool<byte>.Shared.Rent((int)RandomAccess.GetLength(file));
        try
        {
            var length = 0;
            while (RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var count) length += count;
            return Decode(bytes.AsSpan(0, length), target, options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>The same of a file that is in memory.</summary>
    public static unsafe Decoded Decode(ReadOnlySpan<byte> bytes, Span<byte> target, LoadOptions options)
    {
        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened);
            using var whole = new UnmanagedMemoryStream(start, bytes.Length);
            var origin = codec is null ? default : ExifOrientation.Of(codec, whole);
            return Decode(codec, origin, opened, target, options);
        }
    }

    private static Decoded Decode(SKCodec? codec, SKEncodedOrigin origin, SKCodecResult opened, Span<byte> target,
        LoadOptions options)
    {
        if (codec is null) return new(0, 0, $"its header cannot be read: {Words(opened)}");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (Turned(origin)) (width, height) = (height, width);
        var pixels = (long)width * height;
        var limit = Math.Min(options.MaxPixels, MostPixels);
        if (pixels > limit)
            return new(width, height, $"{width}×{height} is {pixels:N0} pixels; the limit is {limit:N0}");
        if (Math.Max(width, height) > MaxSide)
            return new(width, height, $"{width}×{height}: a side is longer than {MaxSide:N0}");

        if (pixels <= Large) return new(width, height, Pixels(codec, origin, target, options));
        lock (_oneLarge) return new(width, height, Pixels(codec, origin, target, options));
    }

    /// <summary>Stored on its side.</summary>
    private static bool Turned(SKEncodedOrigin origin) => (int)origin >= (int)SKEncodedOrigin.LeftTop;

    /// <summary>The decoder knows more, camera raw data among them: much code for what nobody labels.</summary>
    private static bool IsKnown(ReadOnlySpan<byte> start)
        => start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff])
            || start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
            || (start.StartsWith("RIFF"u8) && start.EndsWith("WEBP"u8))
            || start.StartsWith("BM"u8) || start.StartsWith("GIF8"u8);

    private static string? Pixels(SKCodec codec, SKEncodedOrigin origin, Span<byte> target, LoadOptions options)
    {
        var full = codec.Info;
        var divisor = Divisor(full, Turned(origin), options);
        var size = divisor == 1 ? full.Size : codec.GetScaledDimensions(1f / divisor);
        var opaque = full.AlphaType == SKAlphaType.Opaque;
        var alpha = opaque ? SKAlphaType.Opaque : SKAlphaType.Premul;
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info)) return $"no memory for {info.Width}×{info.Height} pixels";
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success) return Words(result);
        // an eighth of a JPEG of 1500 columns is 187.5 columns: of the last one half lies outside the picture
        (double, double)? seen = codec.EncodedFormat == SKEncodedImageFormat.Jpeg
            ? (full.Width / (double)divisor, full.Height / (double)divisor) : null;
        Resampler.Resize(bitmap.GetPixelSpan(), info.Width, info.Height, (int)origin, target, options, seen);
        return null;
    }

    /// <summary>
    /// JPEG and WebP can be decoded at a fraction of their size, which is much quicker: the smallest that still has 1.5
    /// pixels for each wanted.
    /// </summary>
    private static int Divisor(SKImageInfo full, bool turned, LoadOptions options)
    {
        var (width, height) = (full.Width, full.Height);
        var (x, y) = turned ? ((float)height / options.Target.Width, (float)width / options.Target.Height)
            : ((float)width / options.Target.Width, (float)height / options.Target.Height);
        var shrink = (options.Fit == Fit.LetterBox ? Math.Max(x, y) : Math.Min(x, y)) / 1.5f;
        return shrink >= 8 ? 8 : shrink >= 4 ? 4 : shrink >= 2 ? 2 : 1;
    }

    private static string Words(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "the file is cut short",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput or SKCodecResult.Unimplemented
            => "the file is damaged",
        _ => $"it cannot be decoded ({result})",
    };
}
