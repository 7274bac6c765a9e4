using SkiaSharp;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Thumbnails from the packed cache: what <c>init</c> has decoded already.</summary>
internal sealed class PackedThumbs : IDisposable
{
    private const int Quality = 85;
    private readonly PackedFile _file;
    private readonly int _channels, _width, _height;
    private readonly Dictionary<string, (int Position, SourceFile File)> _at = [];

    public PackedThumbs(PackedFile file, LoadOptions options)
    {
        (_file, _channels) = (file, options.Channels ?? 3);
        (_width, _height) = options.Target;
        var position = 0;
        foreach (var entry in file.Entries)
            if (entry.Problem is null) _at[entry.File.Path] = (position++, entry.File);
    }

    /// <summary>A JPEG; null: the cache does not have this version of the file.</summary>
    public byte[]? Of(ImageRow row)
    {
        if (!_at.TryGetValue(row.Path, out var at) || at.File != new SourceFile(row.Path, row.Bytes, row.Modified))
            return null;
        using var bitmap = new SKBitmap(new SKImageInfo(_width, _height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var planes = _file[at.Position];
        var rgba = bitmap.GetPixelSpan();
        var plane = _width * _height;
        for (var i = 0; i < plane; i++)
        {
            for (var c = 0; c < 3; c++) rgba[4 * i + c] = planes[(_channels == 1 ? 0 : c) * plane + i];
            rgba[4 * i + 3] = 255;
        }
        bitmap.NotifyPixelsChanged();
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return encoded.ToArray();
    }

    public void Dispose() => _file.Dispose();
}
