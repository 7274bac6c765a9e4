using SkiaSharp;
using Vaal.Data;

namespace Vaal.Reports;

/// <summary>Small pictures of a pool, as sprite sheets.</summary>
internal static class Thumbnails
{
    /// <summary>As much as every browser decodes at once, phones too.</summary>
    public const int MostPixels = 16_000_000;

    /// <summary>Images in the order of <paramref name="ids"/>; null where there are none.</summary>
    /// <param name="tile">side of each, in pixels; smaller where there are so many that the sheet would get too
    /// large</param>
    /// <param name="quality">of WebP, 0..100</param>
    public static SpriteSheet? Of(ImageSet images, IReadOnlyList<int> ids, int tile = 32, int quality = 60)
    {
        if (ids.Count == 0) return null;
        tile = Math.Min(tile, Math.Max(8, (int)Math.Sqrt(MostPixels / (double)ids.Count) / 8 * 8));
        var columns = Math.Min(ids.Count, Math.Max(1, (int)Math.Ceiling(Math.Sqrt(ids.Count))));
        var rows = (ids.Count + columns - 1) / columns;
        using var sheet =
            new SKBitmap(new SKImageInfo(columns * tile, rows * tile, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(sheet))
        {
            canvas.Clear(SKColors.Gray);
            using var small =
                new SKBitmap(new SKImageInfo(images.Width, images.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            // mip-maps: a plain linear filter would skip pixels where it shrinks to less than half
            var sampling = new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
            for (var i = 0; i < ids.Count; i++)
            {
                Interleave(images[ids[i]], images.Channels, small.GetPixelSpan());
                small.NotifyPixelsChanged();
                using var image = SKImage.FromBitmap(small);
                var (x, y) = (i % columns * tile, i / columns * tile);
                canvas.DrawImage(image, new SKRect(x, y, x + tile, y + tile), sampling);
            }
        }
        using var encoded = sheet.Encode(SKEncodedImageFormat.Webp, quality);
        return new(encoded.ToArray(), tile, columns, rows, ids.Count);
    }

    /// <summary>Files, decoded larger than the pool has them; where one cannot be read any more, the pool's
    /// pixels.</summary>
    /// <param name="ids">positions in <paramref name="pool"/>, whose paths are relative to
    /// <paramref name="root"/></param>
    public static SpriteSheet? OfFiles(
        ImageRoot root, ImageSet pool, IReadOnlyList<int> ids, int tile = 128, int quality = 72, Fit fit = Fit.Crop,
        CancellationToken cancel = default)
    {
        const int size = 128;
        if (ids.Count == 0) return null;
        const int imageBytes = 3 * size * size;
        using var store = PixelStore.Allocate((long)ids.Count * imageBytes);
        var options = new LoadOptions { Size = size, Fit = fit, Cancel = cancel };
        Parallel.For(
            0, ids.Count,
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
        {
            var target = store.Writable((long)i * imageBytes, imageBytes);
            if (root.FileOf(pool.Paths[ids[i]], out _) is not { } file
                || ImageDecoder.Decode(file, target, options).Problem is not null)
                Enlarge(pool, ids[i], target, size);
        });
        using var images = new ImageSet(store, 3, size, size);
        return Of(images, [.. Enumerable.Range(0, ids.Count)], tile, quality);
    }

    // (C, H, W) → RGBA
    private static void Interleave(ReadOnlySpan<byte> planes, int channels, Span<byte> rgba)
    {
        var plane = planes.Length / channels;
        for (var i = 0; i < plane; i++)
        {
            for (var c = 0; c < 3; c++) rgba[4 * i + c] = planes[(channels == 1 ? 0 : c) * plane + i];
            rgba[4 * i + 3] = 255;
        }
    }

    private static void Enlarge(ImageSet pool, int id, Span<byte> target, int size)
    {
        var from = pool[id];
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < size; y++)
                for (var x = 0; x < size; x++)
                    target[(c * size + y) * size + x] = from[
                        ((pool.Channels == 1 ? 0 : c) * pool.Height + y * pool.Height / size) * pool.Width +
                        x * pool.Width / size];
    }
}
