namespace Vaal.Data.Formats;

/// <summary>What the formats with masks share: pairs of files in, sets out, by way of two packed caches, of pictures
/// and of masks.</summary>
internal static class MaskFolder
{
    /// <summary>Sides over this are brought down where the options name no frame.</summary>
    private const int Longest = 256;

    /// <param name="images">in ordinal order of their paths</param>
    /// <param name="maskOf">where the mask of an image is to be, relative to the folder</param>
    /// <param name="isTest">whether an image, by its path, is of the test set</param>
    public static DataSet Load(
        string name, string folder, IReadOnlyList<SourceFile> images, Func<string, string> maskOf,
        Func<string, bool> isTest,
        IReadOnlyList<string> classNames, MaskIds ids, List<string> notes, LoadOptions options)
    {
        var there = images.Where(i => File.Exists(Path.Combine(folder, maskOf(i.Path)))).ToList();
        var problems = images.Except(there).Select(i => $"{i.Path} has no mask {maskOf(i.Path)}").ToList();
        if (there.Count == 0) throw new InputException($"{folder} holds no image with a mask{First()}");
        options = new(options) { Rectangle = options.Frame ?? FrameOf(folder, there, notes) };
        var root = ImageRoot.OfDataSet(folder);
        using var pictures = PackedCache.Open(root, there, options, notes);
        using var masks = PackedCache.Open(
            root, [.. there.Select(i => SourceFiles.Of(folder, maskOf(i.Path)))], new(options) { Masks = ids }, notes);
        var usable = new List<(int Picture, int Mask, string Path)>();
        var (picture, mask) = (0, 0);
        for (var i = 0; i < there.Count; i++)
        {
            var (p, m) = (pictures.Entries[i], masks.Entries[i]);
            if (Problem(p, m) is { } problem) problems.Add(problem);
            else usable.Add((picture, mask, p.File.Path));
            if (p.Problem is null) picture++;
            if (m.Problem is null) mask++;
        }
        if (options.Strict && problems.Count > 0)
            throw new InputException(
                $"{problems.Count:N0} of {Counted.Of(images.Count, "image")} cannot be used with their masks: "
                + string.Join("; ", problems.Take(5))
                + (problems.Count > 5 ? $"; and {problems.Count - 5:N0} more" : ""));
        notes.AddRange(problems.Select(p => $"{p}: it is left out"));

        var pool = Set(false)
            ?? throw new InputException($"{folder} holds no training image that can be used with its mask{First()}");
        var test = Set(true);
        if (test is null) notes.Add("there are no test images with masks");
        return new(
            name, pool, test, classNames, notes,
            Fingerprint.Of(classNames, pool, test, pictures.Digest + masks.Digest));

        string First() => problems.Count > 0 ? $"; {problems[0]}" : "";

        ImageSet? Set(bool tests)
        {
            var mine = usable.FindAll(u => isTest(u.Path) == tests);
            if (mine.Count == 0) return null;
            var (width, height) = options.Target;
            var classes = new ImageSet(masks.Part(0, mask), 1, height, width, places: [.. mine.Select(u => u.Mask)]);
            return new(pictures.Part(0, picture), options.Channels
                ?? 3, height, width, null, [.. mine.Select(u => u.Path)], classes, [.. mine.Select(u => u.Picture)]);
        }
    }

    private static string? Problem(PackedEntry picture, PackedEntry mask) =>
        picture.Problem is { } p ? $"{picture.File.Path}: {p}"
        : mask.Problem is { } m ? $"{mask.File.Path}: {m}"
        : (picture.Width, picture.Height) != (mask.Width, mask.Height)
        ? $"{mask.File.Path} is {mask.Width}×{mask.Height} pixels and its image {picture.Width}×{picture.Height}"
        : null;

    private static (int, int) FrameOf(string folder, List<SourceFile> images, List<string> notes)
    {
        var (width, height) = images.Select(i => ImageDecoder.SizeOf(Path.Combine(folder, i.Path)))
            .OfType<(int Width, int Height)>().FirstOrDefault((Longest, Longest));
        var frame = FrameOf(width, height);
        if (frame != (width, height))
            notes.Add(
                $"images, of which the first is {width}×{height}, are brought to {frame.Width}×{frame.Height}; " +
                $"--frame gives another size");
        return frame;
    }

    /// <summary>An image's own size, or in whole sixteenths less if it is large.</summary>
    internal static (int Width, int Height) FrameOf(int width, int height)
    {
        if (Math.Max(width, height) <= Longest && Math.Min(width, height) >= 16) return (width, height);
        var by = (double)Longest / Math.Max(width, height);
        return (Round(width * by), Round(height * by));
    }

    private static int Round(double side) => Math.Max(16, 16 * (int)Math.Round(side / 16));
}
