namespace Vaal.Data.Formats;

/// <summary>
/// Pascal VOC's segmentation set (Everingham et al. 2010): <c>JPEGImages/x.jpg</c> with <c>SegmentationClass/x.png</c>,
/// a palette whose indices are the classes, 255 the void along outlines. The pool is the list
/// <c>ImageSets/Segmentation/train.txt</c>, the test set <c>val.txt</c>; without lists the pool is every image that has
/// a mask. Masks saved in the palette's colours are read by them.
/// </summary>
internal sealed class VocFolder : IDataFormat
{
    private static readonly string[] _classes =
    [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
            "dining table", "dog", "horse", "motorbike",
        "person", "potted plant", "sheep", "sofa", "train", "tv monitor",
    ];

    private static readonly MaskIds _ids =
        new(Enumerable.Range(0, _classes.Length).Select(c => (c, c)).Append((ImageSet.Ignore, ImageSet.Ignore)),
        Enumerable.Range(0, _classes.Length).Append(ImageSet.Ignore).ToDictionary(Colour, id => (byte)id));

    public string Description => "Pascal VOC, 21 classes: JPEGImages/, SegmentationClass/, ImageSets/Segmentation/";

    public bool Recognises(string path) => Folder(path) is not null;

    public DataSet Load(string path, LoadOptions options)
    {
        ImageFolder.Require(path);
        var folder = Folder(path)
            ?? throw new InputException(
                $"the folder {path} holds no Pascal VOC; expected the folders JPEGImages and SegmentationClass");
        var notes = new List<string>();
        var files = ImageFolder.Files(folder, notes);
        var (train, val) = (Names(folder, "train"), Names(folder, "val"));
        var known = files.Where(f => f.Path.StartsWith("JPEGImages/", StringComparison.Ordinal))
            .ToLookup(f => Path.GetFileNameWithoutExtension(f.Path));
        var images = files.FindAll(f => f.Path.StartsWith("JPEGImages/", StringComparison.Ordinal)
            && (train is null && val is null
                ? File.Exists(Path.Combine(folder, MaskOf(f.Path)))
                : Listed(train, f) || Listed(val, f)));
        notes.AddRange(
            (train ?? []).Concat(val ?? []).Where(n => !known[n].Any())
            .Select(n => $"a list names {n}, and JPEGImages does not hold it"));
        return MaskFolder.Load(
            "voc", folder, images, MaskOf, p =>
                val?.Contains(Path.GetFileNameWithoutExtension(p)) == true, _classes, _ids, notes, options);
    }

    private static string MaskOf(string image) => $"SegmentationClass/{Path.GetFileNameWithoutExtension(image)}.png";

    private static bool Listed(HashSet<string>? names, SourceFile file) =>
        names?.Contains(Path.GetFileNameWithoutExtension(file.Path)) == true;

    private static HashSet<string>? Names(string folder, string set) =>
        Path.Combine(folder, "ImageSets", "Segmentation", $"{set}.txt") is var list && File.Exists(list)
        ? [.. RegularFile.ReadAllLines(list).Select(l => l.Trim()).Where(l => l.Length > 0)] : null;

    /// <summary>The folder itself, or the one inside it that the official archive makes.</summary>
    private static string? Folder(string path) =>
        new[] { path, Path.Combine(path, "VOC2012"), Path.Combine(path, "VOCdevkit", "VOC2012") }
        .FirstOrDefault(p => Directory.Exists(Path.Combine(p, "JPEGImages"))
            && Directory.Exists(Path.Combine(p, "SegmentationClass")));

    /// <summary>VOC's palette: the bits of an index, three at a time, are the high bits of red, green and
    /// blue.</summary>
    private static int Colour(int id)
    {
        var colour = 0;
        for (var bit = 7; id > 0; bit--, id >>= 3)
            for (var channel = 0; channel < 3; channel++) colour |= (id >> channel & 1) << bit << 8 * (2 - channel);
        return colour;
    }
}
