namespace Vaal.Data;

/// <summary>Images with masks cut by a grid, so that a part of an image can be chosen and labelled on its
/// own.</summary>
internal static class Regions
{
    /// <summary>Every part of every image, row by row, and around it a margin of half its shorter side: in the picture
    /// what lies there, mirrored where the image ends; in the mask nothing.</summary>
    /// <param name="images">ids of those that are cut; null: all</param>
    /// <param name="empty">also the parts in which no pixel has a class</param>
    /// <exception cref="InputException">the images have no masks, or the grid does not divide them</exception>
    public static ImageSet Of(ImageSet from, int columns, int rows, int[]? images = null, bool empty = true)
    {
        if (from.Masks is not { } masks)
            throw new InputException("the images have no masks; regions are parts of images whose pixels have classes");
        if (columns < 1 || rows < 1 || from.Width % columns != 0 || from.Height % rows != 0)
            throw new InputException(
                $"regions are {columns}x{rows}; images of {from.Width}×{from.Height} pixels cannot be cut into " +
                $"{columns} equal columns and {rows} equal rows");
        var (width, height) = (from.Width / columns, from.Height / rows);
        var margin = Math.Min(width, height) / 2;
        var places = Places(columns, rows, width, height);
        (int Image, int X, int Y)[] parts = [.. from image in images
            ?? Enumerable.Range(0, masks.Count) from at in places where empty || HasClass(image, at.X, at.Y)
            select (image, at.X, at.Y)];
        if (parts.Length == 0) throw new InputException("no region has a pixel with a class");
        var classes = Cut(masks, parts, width, height, margin, ImageSet.Ignore);
        return new ImageSet(
            Cut(from, parts, width, height, margin, null), from.Channels, height + 2 * margin, width + 2 * margin,
            paths: [.. parts.Where(_ => from.Paths.Count > 0)
                .Select(part => $"{from.Paths[part.Image]}#xywh={part.X},{part.Y},{width},{height}")],
            masks: new ImageSet(classes, 1, height + 2 * margin, width + 2 * margin))
        { Margin = margin };

        bool HasClass(int image, int left, int top)
        {
            var mask = masks[image];
            for (var y = top; y < top + height; y++)
                if (mask.Slice(y * from.Width + left, width).ContainsAnyExcept(ImageSet.Ignore)) return true;
            return false;
        }
    }

    /// <summary>Where the parts begin, row by row.</summary>
    public static (int X, int Y)[] Places(int columns, int rows, int width, int height) =>
        [.. from r in Enumerable.Range(0, rows) from c in Enumerable.Range(0, columns) select (c * width, r * height)];

    /// <param name="around">what the margin is filled with; null: with what lies there</param>
    private static PixelStore Cut(
        ImageSet from, (int Image, int X, int Y)[] parts, int width, int height, int margin, byte? around)
    {
        var (fullWidth, fullHeight) = (width + 2 * margin, height + 2 * margin);
        var bytes = from.Channels * fullHeight * fullWidth;
        var pixels = PixelStore.Allocate((long)parts.Length * bytes);
        Parallel.For(0, parts.Length, at =>
        {
            var (id, left, top) = parts[at];
            var image = from[id];
            var region = pixels.Writable((long)at * bytes, bytes);
            var to = 0;
            for (var c = 0; c < from.Channels; c++)
                for (var y = -margin; y < height + margin; y++)
                    for (var x = -margin; x < width + margin; x++)
                    {
                        var inside = x >= 0 && x < width && y >= 0 && y < height;
                        region[to++] = around is { } fill && !inside ? fill
                            : image[(c * from.Height + Mirrored(top + y, from.Height)) * from.Width +
                                Mirrored(left + x, from.Width)];
                    }
        });
        return pixels;
    }

    private static int Mirrored(int at, int length) => at < 0 ? -at : at < length ? at : 2 * (length - 1) - at;
}
