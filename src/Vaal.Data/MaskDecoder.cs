using Vaal.Data.Formats;

namespace Vaal.Data;

/// <summary>One PNG mask as a small rectangle of classes, pixel by pixel where its picture is: what
/// <see cref="ImageDecoder"/> is to pictures.</summary>
internal static class MaskDecoder
{
    /// <summary>Writes the mask into <paramref name="target"/>, (H, W). Throws for no file whatever is in it.</summary>
    public static Decoded Decode(string path, Span<byte> target, MaskIds ids, LoadOptions options)
    {
        var (width, height) = (0, 0);
        try
        {
            var png = IndexedPng.Read(path, options.MaxPixels);
            (width, height) = (png.Width, png.Height);
            Resampler.Nearest(ids.Classes(png), width, height, target, options);
            if (!target.ContainsAnyExcept(ImageSet.Ignore))
                return new(
                    width, height, $"at {options.Target.Width}×{options.Target.Height} no pixel of it has a class");
            return new(width, height);
        }
        catch (InvalidDataException e)
        {
            return new(width, height, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(0, 0, e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file" : e.Message, Unreachable: true);
        }
    }
}
