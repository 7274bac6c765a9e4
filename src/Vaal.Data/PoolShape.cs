using System.Globalization;

namespace Vaal.Data;

/// <summary>Pools that are harder than a benchmark's: some classes rare, or every image many times over. The test set
/// stays as it is.</summary>
internal static class PoolShape
{
    internal const string RegionsAre = "regions are", RegionsExample = "4x3";

    /// <summary>A smaller pool: so many images, each equally likely.</summary>
    /// <param name="data">its pool is disposed: use the set that is returned, which has its test images</param>
    /// <exception cref="InputException">there are not so many, or fewer than one is wanted</exception>
    public static DataSet WithImages(this DataSet data, int images, long seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (images < 1 || images > data.Pool.Count)
            throw new InputException(
                $"images are {images}; it must be 1..{data.Pool.Count}, as many as {data.Name} has");
        int[] kept =
            [.. InitialPool.Draw(data.Pool, images, InitialDraw.Uniform, Seeds.Derive(seed, "smaller pool", 0))];
        return Replaced(data, data.Pool.Subset(kept), Counted.Of(images, "image"));
    }

    /// <summary>
    /// A long tail (Cui et al., CVPR 2019): class k of K keeps n · ratio^(−k / (K − 1)) images. n is the size of the
    /// smallest class. The seed decides which classes are rare, and which of their images stay.
    /// </summary>
    /// <param name="data">its pool is disposed: use the set that is returned, which has its test images</param>
    /// <param name="ratio">images of the most frequent class for one of the rarest, at least 1</param>
    /// <exception cref="InputException">the ratio is below 1, or no image has a class of its own</exception>
    public static DataSet WithLongTail(this DataSet data, double ratio, long seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(ratio >= 1) || !double.IsFinite(ratio))
            throw new InputException($"imbalance is {ratio}; it must be at least 1: images of the most frequent class "
                + "per image of the rarest");
        if (data.Pool.ClassSets is not null)
            throw new InputException($"the images of {data.Name} have several classes each; a long tail is made of "
                + "images with one class");
        if (!data.Pool.Classes.Any(c => c >= 0))
            throw new InputException($"{data.Name} has no classes; an imbalance is one of classes");
        int[] ids = [.. Enumerable.Range(0, data.Pool.Count).Where(id => data.Pool.Classes[id] >= 0)];
        var random = new Random((int)Seeds.Derive(seed, "long tail", 0));
        random.Shuffle(ids);
        var byClass = ids.GroupBy(id => data.Pool.Classes[id]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        random.Shuffle(byClass);
        var most = byClass.Min(c => c.Length);
        int Kept(int rank) =>
            Math.Max(
                1, (int)Math.Round(
                    most * Math.Pow(ratio, byClass.Length == 1 ? 0 : -(double)rank / (byClass.Length - 1))));
        int[] kept = [.. byClass.SelectMany((c, rank) => c.Take(Kept(rank))).Order()];
        return Replaced(data, data.Pool.Subset(kept), FormattableString.Invariant($"long tail {ratio}"));
    }

    /// <summary>A redundant pool: every image <paramref name="copies"/> times, all but the first moved by up to a pixel
    /// and up to 8 of 255 brighter or darker.</summary>
    /// <param name="data">its pool is disposed: use the set that is returned, which has its test images</param>
    /// <param name="copies">at least 1</param>
    /// <exception cref="InputException">there are fewer than one, or the images have masks</exception>
    public static DataSet WithCopies(this DataSet data, int copies, long seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Pool.Masks is not null)
            throw new InputException($"{data.Name} has masks; a redundant pool is made of images with classes");
        if (copies < 1) throw new InputException($"copies are {copies}; it must be at least 1");
        var from = data.Pool;
        var (bytes, memory) =
            ((double)from.Count * copies * from.ImageBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if ((long)from.Count * copies > Array.MaxLength || bytes > memory)
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"copies are {copies}; so many of {from.Count:N0} images take {bytes / 1e9:N1} GB, and this " +
                    $"machine has {memory / 1e9:N1} GB of memory"));
        var pixels = PixelStore.Allocate((long)bytes);
        for (var id = 0; id < from.Count; id++)
        {
            for (var copy = 0; copy < copies; copy++)
            {
                var to = pixels.Writable(((long)id * copies + copy) * from.ImageBytes, from.ImageBytes);
                if (copy == 0) from.CopyTo(id, to);
                else Change(from, id, to, new Random((int)Seeds.Derive(seed, $"copy {copy}", id)));
            }
        }
        int[] origin = [.. Enumerable.Range(0, from.Count * copies).Select(i => i / copies)];
        var set = new ImageSet(pixels, from.Channels, from.Height, from.Width, from.Classes.Count == 0
            ? null
            : [.. origin.Select(id => from.Classes[id])],
            from.Paths.Count == 0
                ? null
                : [.. origin.Select(
                    (id, i) => i % copies == 0 ? from.Paths[id] : $"{from.Paths[id]}#{i % copies + 1}")])
        {
            ClassSets = from.ClassSets is { } sets ? [.. origin.Select(id => sets[id])] : null,
        };
        return Replaced(data, set, $"{copies} of each");
    }

    /// <summary>
    /// A pool of regions: every image cut by a grid, and each part a choice and a label of its own. Around it, half its
    /// shorter side is shown that nobody is asked about (<see cref="ImageSet.Margin"/>), mirrored where the image ends.
    /// A region's path is its image's with the place in pixels, as a media fragment of the W3C:
    /// <c>street.png#xywh=60,0,60,60</c>.
    /// </summary>
    /// <exception cref="InputException">the images have no masks, or the grid does not divide them</exception>
    public static DataSet WithRegions(this DataSet data, int columns, int rows)
    {
        ArgumentNullException.ThrowIfNull(data);
        var regions = Regions.Of(data.Pool, columns, rows, empty: false);
        var all = data.Pool.Count * columns * rows;
        if (regions.Count < all)
            data = data.With(data.Pool, data.Test,
                [$"{all - regions.Count:N0} of {Counted.Of(all, "region")} {Counted.Is(all - regions.Count)} left out, "
                    + $"as no pixel of {(all - regions.Count == 1 ? "it" : "them")} has a class"],
                renumbered: data.Renumbered);
        return Replaced(data, regions, $"regions {columns}x{rows}");
    }

    /// <summary>A pool of regions: every image cut by a grid, and each part a choice and a label of its own.</summary>
    /// <param name="data">its pool is disposed: use the set that is returned, which has its test images</param>
    /// <param name="regions">columns and rows, such as 4x3</param>
    /// <exception cref="InputException">the images have no masks, or the grid does not divide them</exception>
    public static DataSet WithRegions(this DataSet data, string regions)
    {
        var (columns, rows) = Sides.Parse(regions, RegionsAre, RegionsExample);
        return data.WithRegions(columns, rows);
    }

    private static DataSet Replaced(DataSet data, ImageSet pool, string how)
    {
        var shaped = data.With(pool, data.Test,
            [$"the pool of {data.Name} is changed ({how}): {Counted.Of(pool.Count, "image")} in place of "
                + $"{data.Pool.Count:N0}"],
            $"{data.Name}, {how}", Fingerprint.Of(data.ClassNames, pool, data.Test));
        data.Pool.Dispose();
        return shaped;
    }

    // what moves in at an edge is the edge's own row or column again
    private static void Change(ImageSet from, int id, Span<byte> to, Random random)
    {
        var (down, right, brighter) = (random.Next(-1, 2), random.Next(-1, 2), random.Next(-8, 9));
        var image = from[id];
        for (var c = 0; c < from.Channels; c++)
            for (var y = 0; y < from.Height; y++)
                for (var x = 0; x < from.Width; x++)
                {
                    var (sy, sx) = (Math.Clamp(y - down, 0, from.Height - 1), Math.Clamp(x - right, 0, from.Width - 1));
                    to[(c * from.Height + y) * from.Width + x] =
                        (byte)Math.Clamp(image[(c * from.Height + sy) * from.Width + sx] + brighter, 0, 255);
                }
    }
}
