using SkiaSharp;

namespace Vaal.Data.Labels;

/// <summary>
/// Shapes as pixels: boxes and polygons are filled, later shapes lie over earlier ones, and a pixel belongs to what its
/// centre lies in.
/// </summary>
internal static class Raster
{
    /// <summary>Why the shapes of an image cannot become classes of its pixels; null: they can.</summary>
    /// <param name="image">names it in the message</param>
    public static string? Problem(IReadOnlyList<Shape> shapes, string image, int width, int height)
    {
        if (width < 1 || height < 1) return $"the size of {image} is not known; a mask needs it";
        if (shapes.Any(s => s.Class is null)) return $"a shape of {image} has no class; a mask is made of classes";
        return shapes.OfType<Mask>().FirstOrDefault(m => (m.Width, m.Height) != (width, height)) is { } other
            ? $"a mask of {image} is {other.Width}×{other.Height}, and the image {width}×{height}" : null;
    }

    /// <summary>The class of each pixel, (H, W); of shapes that have no <see cref="Problem"/>.</summary>
    /// <param name="numbers">of every class in the shapes</param>
    /// <param name="uncovered">what pixels are that no shape covers</param>
    public static byte[] Paint(IReadOnlyList<Shape> shapes, IReadOnlyDictionary<string, byte> numbers, int width,
        int height, byte uncovered = ImageSet.Ignore)
    {
        var pixels = new byte[width * height];
        pixels.AsSpan().Fill(uncovered);
        foreach (var shape in shapes)
        {
            var number = numbers[shape.Class!];
            if (shape is Mask mask) Fill(mask, pixels, number);
            else Fill(shape, pixels, width, height, number);
        }
        return pixels;
    }

    private static void Fill(Mask mask, byte[] pixels, byte number)
    {
        for (int i = 0, at = 0; i < mask.Runs.Count; at += mask.Runs[i++])
            if (i % 2 == 1) pixels.AsSpan(at, mask.Runs[i]).Fill(number);
    }

    // drawn on no more than the part of the image that the shape can reach
    private static void Fill(Shape shape, byte[] pixels, int width, int height, byte number)
    {
        var bounds = Shapes.Bounds(shape);
        var (left, top) = ((int)Math.Clamp(Math.Floor(bounds.X), 0, width),
            (int)Math.Clamp(Math.Floor(bounds.Y), 0, height));
        var (right, bottom) = ((int)Math.Clamp(Math.Ceiling(bounds.X + bounds.Width), left, width),
            (int)Math.Clamp(Math.Ceiling(bounds.Y + bounds.Height), top, height));
        if (right == left || bottom == top) return;
        using var bitmap = new SKBitmap(
            new SKImageInfo(right - left, bottom - top, SKColorType.Gray8, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Black);
        using var canvas = new SKCanvas(bitmap);
        using var white = new SKPaint { Color = SKColors.White, IsAntialias = false };
        if (shape is Box box)
            canvas.DrawRect((float)(box.X - left), (float)(box.Y - top), (float)box.Width, (float)box.Height, white);
        foreach (var ring in (shape as Polygon)?.Rings ?? [])
        {
            // as COCO, OpenCV and PIL fill it: a ring may go round a hole and back along its own line
            using var path = new SKPath { FillType = SKPathFillType.EvenOdd };
            path.AddPoly([.. ring.Select(p => new SKPoint((float)(p.X - left), (float)(p.Y - top)))], close: true);
            canvas.DrawPath(path, white);
        }
        canvas.Flush();
        for (var y = top; y < bottom; y++)
        {
            var row = bitmap.GetPixelSpan().Slice((y - top) * bitmap.RowBytes, right - left);
            for (var x = 0; x < row.Length; x++)
                if (row[x] != 0) pixels[y * width + left + x] = number;
        }
    }
}
