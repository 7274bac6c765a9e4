namespace Vaal.Data;

/// <summary>
/// Folder names that say nothing about a class: parts of a data set, and where pictures or labels lie.
/// </summary>
internal static class Splits
{
    private static readonly Dictionary<string, string> _splits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train",
        ["training"] = "train",
        ["val"] = "val",
        ["valid"] = "val",
        ["validation"] = "val",
        ["dev"] = "val",
        ["test"] = "test",
        ["testing"] = "test",
    };

    private static readonly HashSet<string> _places = new(StringComparer.OrdinalIgnoreCase)
    {
        "images", "image", "img", "imgs", "jpegimages", "pngimages", "pictures", "pics", "photos", "frames",
        "labels", "label", "annotations", "annotation", "ann", "anns", "masks", "mask", "labelstxt", "labeltxt",
        "segmentationclass", "segmentationobject", "imagesets", "leftimg8bit", "gtfine", "gtcoarse",
        "image_2", "label_2", "data", "dataset", "datasets", "obj_train_data", "obj_valid_data", "obj_test_data",
        "ds", "unlabeled", "unlabelled", "trainval", "trainannot", "valannot", "testannot",
    };

    private static readonly HashSet<string> _labels = new(StringComparer.OrdinalIgnoreCase)
    {
        "labels", "annotations", "ann", "anns", "masks", "segmentationclass", "segmentationobject",
        "gtfine", "gtcoarse", "labelstxt", "labeltxt", "label_2", "trainannot", "valannot", "testannot",
    };

    /// <summary>
    /// Which part of a data set a folder of that name holds: <c>train</c>, <c>val</c>, <c>test</c>, or null.
    /// </summary>
    public static string? Of(string folder)
    {
        if (_splits.TryGetValue(folder, out var split)) return split;
        // COCO's train2017 and val2017
        var digits = folder.Length - 4;
        return digits > 2 && folder.AsSpan(digits).IndexOfAnyExceptInRange('0', '9') < 0 && folder[digits] is '1' or '2'
            ? _splits.GetValueOrDefault(folder[..digits]) : null;
    }

    /// <summary>The folder to train on, and the one to test on: the only one called test, else the only one called val.
    /// Nulls: none is called train, or several and none is for tests.</summary>
    /// <param name="nameOf">the name of a folder, which says what part it is</param>
    /// <exception cref="InputException">it cannot be told which they are, and test images would be learned
    /// from</exception>
    public static (string? Train, string? Test) Parts(IReadOnlyCollection<string> folders, Func<string, string> nameOf)
    {
        string[] Called(string part) => [.. folders.Where(f => Of(nameOf(f)) == part)];
        var (trains, tests, vals) = (Called("train"), Called("test"), Called("val"));
        var test = tests is [var only] ? only : vals is [var other] ? other : null;
        if (trains.Length > 0 && tests.Length + vals.Length > 0 && (trains.Length > 1 || test is null))
            throw Unclear([.. trains, .. tests, .. vals]);
        return trains is [var train] ? (train, test) : (null, null);
    }

    /// <summary>The sets of a data set cannot be told apart.</summary>
    public static InputException Unclear(IEnumerable<string> folders) =>
        new("expected the folder train, and test or val beside it, found "
            + $"{string.Join(", ", folders.Select(f => f.TrimEnd('/')).Order(StringComparer.Ordinal).Take(8))}; "
            + "rename the folders");

    /// <summary>The part of a data set that a path lies in; null: none, or more than one.</summary>
    public static string? In(IEnumerable<string> folders)
        => folders.Select(Of).OfType<string>().Distinct().ToArray() is [var only] ? only : null;

    /// <summary>The part of a data set that a label file is of, by the words in its name, such as
    /// <c>instances_train2017.json</c>; null: none, or more than one.</summary>
    public static string? OfFile(string path)
        => In(Path.GetFileNameWithoutExtension(path).Split(' ', '_', '-', '.'));

    /// <summary>Whether a folder of that name holds labels, so that pictures in it are masks.</summary>
    public static bool IsForLabels(string folder) => _labels.Contains(folder);

    /// <summary>
    /// Whether a folder of that name is a part of a data set, or a place for pictures, and so no class.
    /// </summary>
    public static bool IsNoClass(string folder) => Of(folder) is not null || _places.Contains(folder);
}
