using SkiaSharp;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// Pictures as a browser shows them: small ones from the packed cache, middling ones made of the file and remembered,
/// full ones as the file has them.
/// </summary>
internal sealed class Pictures(ImageRoot images) : IDisposable
{
    private const int TileSide = 320, Quality = 82;

    /// <summary>Bytes of tiles that are remembered.</summary>
    private const long MostBytes = 128 << 20;

    private static readonly long _mostPixels = new LoadOptions().MaxPixels;
    private readonly Lock _gate = new();
    private readonly Dictionary<(int, string), LinkedListNode<((int, string) Key, byte[] Bytes)>> _tiles = [];
    private readonly LinkedList<((int, string) Key, byte[] Bytes)> _order = [];
    private long _bytes;
    private volatile PackedThumbs? _packed;

    /// <summary>The packed cache, once it is open.</summary>
    public PackedThumbs? Packed
    {
        set => _packed = value;
    }

    /// <summary>At the pool's size from the packed cache, as long as that has the file; else a tile.</summary>
    public (byte[] Bytes, string Type)? Thumb(ImageRow row) =>
        _packed?.Of(row) is { } bytes ? (bytes, "image/jpeg") : Tile(row);

    /// <summary>At most 320 pixels a side, turned as it is meant to be seen.</summary>
    public (byte[] Bytes, string Type)? Tile(ImageRow row)
    {
        var key = (row.Id, ImageJson.VersionOf(row));
        lock (_gate)
        {
            if (_tiles.TryGetValue(key, out var found))
            {
                _order.Remove(found);
                _order.AddFirst(found);
                return (found.Value.Bytes, "image/jpeg");
            }
        }
        if (PathOf(row) is not { } path || Scaled(path, TileSide) is not { } made) return null;
        lock (_gate)
        {
            if (_tiles.TryAdd(key, new((key, made))))
            {
                _order.AddFirst(_tiles[key]);
                _bytes += made.Length;
            }
            for (; _bytes > MostBytes; _order.RemoveLast())
            {
                _bytes -= _order.Last!.Value.Bytes.Length;
                _tiles.Remove(_order.Last.Value.Key);
            }
        }
        return (made, "image/jpeg");
    }

    /// <summary>The file itself; decoded, turned and encoded again where a browser would not turn it.</summary>
    public (byte[] Bytes, string Type)? Full(ImageRow row)
    {
        if (PathOf(row) is not { } path) return null;
        try
        {
            using var codec = ImageDecoder.Open(path);
            if (codec is null) return null;
            var type = codec.EncodedFormat switch
            {
                SKEncodedImageFormat.Jpeg => "image/jpeg",
                SKEncodedImageFormat.Png => "image/png",
                SKEncodedImageFormat.Webp => "image/webp",
                SKEncodedImageFormat.Gif => "image/gif",
                SKEncodedImageFormat.Bmp => "image/bmp",
                _ => null,
            };
            // browsers obey EXIF in JPEG files; of the others some do
            if (type is not null && (type == "image/jpeg"
                || ImageDecoder.OriginOf(codec, path) == SKEncodedOrigin.TopLeft))
                return (RegularFile.ReadAllBytes(path), type);
            return Scaled(path, int.MaxValue) is { } bytes ? (bytes, "image/jpeg") : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _packed?.Dispose();

    // null: a link leads out of the image folder
    private string? PathOf(ImageRow row) => images.FileOf(row.Path, out _);

    private static byte[]? Scaled(string path, int side)
    {
        try
        {
            using var codec = ImageDecoder.Open(path);
            if (codec is null) return null;
            var origin = ImageDecoder.OriginOf(codec, path);
            var longer = Math.Max(codec.Info.Width, codec.Info.Height);
            var size = side >= longer ? codec.Info.Size : codec.GetScaledDimensions((float)side / longer);
            if ((long)size.Width * size.Height > _mostPixels) return null;
            using var bitmap = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888,
                SKAlphaType.Premul));
            if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) is not (SKCodecResult.Success
                or SKCodecResult.IncompleteInput)) return null;
            var scale = Math.Min(1f, (float)side / Math.Max(size.Width, size.Height));
            var (width, height) = (Math.Max(1, (int)(size.Width * scale)), Math.Max(1, (int)(size.Height * scale)));
            var turned = (int)origin >= (int)SKEncodedOrigin.LeftTop;
            using var target = new SKBitmap(new SKImageInfo(turned ? height : width, turned ? width : height,
                SKColorType.Rgba8888, SKAlphaType.Opaque));
            using (var canvas = new SKCanvas(target))
            {
                canvas.Clear(SKColors.White);
                canvas.SetMatrix(Turn(origin, width, height));
                using var image = SKImage.FromBitmap(bitmap);
                canvas.DrawImage(image, new SKRect(0, 0, width, height),
                    new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
            }
            using var encoded = target.Encode(SKEncodedImageFormat.Jpeg, Quality);
            return encoded.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // from the stored picture, width × height, to the one that is meant to be seen
    private static SKMatrix Turn(SKEncodedOrigin origin, int width, int height) => origin switch
    {
        SKEncodedOrigin.TopRight => new(-1, 0, width, 0, 1, 0, 0, 0, 1),
        SKEncodedOrigin.BottomRight => new(-1, 0, width, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.BottomLeft => new(1, 0, 0, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.LeftTop => new(0, 1, 0, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightTop => new(0, -1, height, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightBottom => new(0, -1, height, -1, 0, width, 0, 0, 1),
        SKEncodedOrigin.LeftBottom => new(0, 1, 0, -1, 0, width, 0, 0, 1),
        _ => SKMatrix.Identity,
    };
}
