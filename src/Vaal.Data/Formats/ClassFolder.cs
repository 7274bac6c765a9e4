using Vaal.Data.Labels;

namespace Vaal.Data.Formats;

/// <summary>
/// A folder a class: <c>cat/1.jpg</c>, <c>dog/2.jpg</c>, or the same below <c>train</c> and <c>test</c> (or
/// <c>val</c>). Classes are numbered in ordinal order of their names; folders inside a class folder belong to it. Names
/// that differ only in how their accents are composed, as in copies from macOS, are one class.
/// </summary>
internal sealed class ClassFolder : IDataFormat
{
    public string Description => "images in one folder per class, with or without train and test above";

    public bool Recognises(string path)
    {
        if (!Directory.Exists(path) || !HasClassFolders(path)) return false;
        // a tree of another format, of which the pictures alone would be left
        var files = Sources.VisibleFiles(path).Select(f => Sources.Relative(path, f)).ToLookup(SourceFiles.IsPicture);
        return new ClassTree(files[true]).Doubt(files[false], strict: false) is null;
    }

    private static bool HasClassFolders(string path)
    {
        var names = SourceFiles.In(path).FirstOrDefault()?.Path.Contains('/') == true
            ? Directory.EnumerateDirectories(path)
                .Where(d => !Path.GetFileName(d).StartsWith('.') && SourceFiles.In(d).Any()).Select(Path.GetFileName)
                .Take(2).ToList()
            : [];
        return names.Count > 1 || names is [{ } only] && Splits.Of(only) == "train";
    }

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        var (train, test) = Split(files);
        var spelt = new ClassNames([]);
        var inSplit = files.FindAll(f => Begins(f, train) || (test is not null && Begins(f, test)));
        if (inSplit.Count < files.Count)
            notes.Add($"{Counted.Of(files.Count - inSplit.Count, "image")} outside {train}"
                + $"{(test is null ? "" : $" and {test}")} {Counted.Is(files.Count - inSplit.Count)} left out");
        var inClass = inSplit.FindAll(f => ClassOf(f.Path) is not null);
        if (inClass.Count < inSplit.Count)
        {
            var outside = inSplit.Count - inClass.Count;
            notes.Add(Counted.Of(outside, "image in no class folder is", "images in no class folder are")
                + $" left out: {inSplit.Find(f => ClassOf(f.Path) is null)!.Path}{(outside > 1 ? ", ..." : "")}");
        }
        if (inClass.Count == 0)
            throw new InputException(
                $"the folder {path} has images but no class folders; the format for that is flat-folder");

        string[] names = [.. inClass.Select(f => ClassOf(f.Path)!).Distinct().Order(StringComparer.Ordinal)];
        var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index);
        return ImageFolder.Load(path, inClass, names, p => numbers[ClassOf(p)!], train, test, notes, options);

        string? ClassOf(string file)
        {
            var parts = file.Split('/');
            var at = train.Length == 0 ? 0 : 1;
            return parts.Length > at + 1 ? spelt.Of(parts[at]) : null;
        }
    }

    /// <summary>
    /// A class may be called "train". Folders stand for sets where all are called so, and images lie a folder further
    /// down in one of them. Beside other folders, a set for training and one for tests have all their images there.
    /// </summary>
    private static (string Train, string? Test) Split(List<SourceFile> files)
    {
        var depth = files.Where(f => f.Path.Contains('/'))
            .ToLookup(f => f.Path[..f.Path.IndexOf('/')], f => f.Path.Count(c => c == '/'));
        var sets = depth.All(f => Splits.Of(f.Key) is not null) && depth.Any(f => f.Max() > 1);
        string? Only(string set) => depth
            .Where(f => Splits.Of(f.Key) == set && (sets ? f.Max() : f.Min()) > 1).ToArray() is [var only]
            ? only.Key : null;
        if (Only("train") is { } train && (Only("test") ?? Only("val")) is var test && (sets || test is not null))
            return (train + "/", test is null ? null : test + "/");
        if (sets) throw Splits.Unclear(depth.Select(f => f.Key));
        return ("", null);
    }

    private static bool Begins(SourceFile file, string with) => file.Path.StartsWith(with, StringComparison.Ordinal);
}
