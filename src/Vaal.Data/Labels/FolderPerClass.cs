using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// A folder a class. Folders called train, val and test on top are looked through. In an export of ours the index says
/// which image each file is, whatever folder it has been moved to since; what is not labelled lies in
/// <c>_unlabelled</c>.
/// </summary>
internal static class FolderPerClass
{
    public const string Unlabelled = "_unlabelled";

    private static readonly string[] _sets = ["train", "val", "valid", "validation", "test"];

    public static bool Recognises(string path) => Directory.Exists(path)
        && Directory.EnumerateDirectories(path)
            .Any(d => !Path.GetFileName(d).StartsWith('.') && Sources.VisibleFiles(d).Any(Sources.IsPicture));

    public static bool HasPictures(string folder) => Directory.EnumerateFiles(folder).Any(Sources.IsPicture);

    /// <summary>Why the folders of this tree are no classes; null: they are, or Vaal wrote the tree.</summary>
    public static string? Doubt(string path)
    {
        if (File.Exists(Path.Combine(path, ExportFolder.Index))) return null;
        var files = Sources.VisibleFiles(path).Select(f => Sources.Relative(path, f)).ToLookup(Sources.IsPicture);
        var tree = new ClassTree(files[true]);
        if (tree.Doubt(files[false], strict: true) is { } doubt) return doubt;
        // days or cameras, not classes
        var (all, outside) = (files[true].Count(), files[true].Count(p => tree.ClassOf(p) is null));
        return 4 * outside <= all ? null
            : $"{outside:N0} of its {Counted.Of(all, "image")} lie in no folder, so its folders may not be classes";
    }

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Directory.Exists(path))
            throw new InputException($"'{path}' is not a folder; an image folder has one folder per class");
        var index = Csv.Index(path, context);
        string[] pictures = [.. Sources.VisibleFiles(path).Where(Sources.IsPicture)
            .Select(f => Sources.Relative(path, f))];
        var tree = new ClassTree(pictures);
        foreach (var name in pictures)
            log.Entry(name, () =>
            {
                var @class = tree.ClassOf(name);
                if (@class == Unlabelled || name.StartsWith(Unlabelled + "/", StringComparison.Ordinal)) return;
                if (@class is null) throw new MalformedEntryException("lies in no class folder");
                var ours = index.TryGetValue(Path.GetFileName(name), out var image);
                log.Within(ours ? null : path);
                log.Add(new Annotation(image ?? name, ClassOf(@class), [], null, null, name));
            });
        return log.Result;
    }

    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        var (taken, files, folders) = (new HashSet<string>(), new List<string>(), FoldersOf(request.AllClasses));
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            var of = row.Class is null ? Unlabelled : folders[row.Class];
            ExportFolder.Copy(row, Path.Combine(folder, of, file), request, files.Count - 1);
        }
        foreach (var name in folders.Values) Directory.CreateDirectory(Path.Combine(folder, name));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index),
            stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    /// <summary>
    /// A class may be called anything, a folder may not: other characters are written as %XX. The first letter is
    /// written so too in three cases: the name would be read as a set such as test, Windows reserves it for a device,
    /// or it differs from another class only in case.
    /// </summary>
    internal static Dictionary<string, string> FoldersOf(IEnumerable<string> classes)
    {
        var devices = Enumerable.Range(1, 9).SelectMany(i => new[] { $"com{i}", $"lpt{i}" });
        var taken = new HashSet<string>([.. _sets, "con", "prn", "aux", "nul", .. devices],
            StringComparer.OrdinalIgnoreCase);
        var folders = new Dictionary<string, string>();
        foreach (var name in classes)
        {
            var written = 0;
            while (!taken.Add(folders[name] = Written(name, written))) written++;
        }
        return folders;
    }

    // the first characters as %XX in any case
    private static string Written(string name, int first)
    {
        Rune[] runes = [.. name.EnumerateRunes()];
        return string.Concat(runes.Select((c, i) => i < first || Forbidden(c, i == 0, i == runes.Length - 1)
            ? string.Concat(Encoding.UTF8.GetBytes(c.ToString()).Select(b => $"%{b:X2}")) : c.ToString()));
    }

    private static bool Forbidden(Rune c, bool first, bool last) =>
        Rune.IsControl(c) || "%<>:\"/\\|?*".Contains(c.ToString(), StringComparison.Ordinal)
            || c.Value is '.' or ' ' && (first || last) || c.Value == '_' && first;

    internal static string ClassOf(string folder) => folder.Contains('%') ? Uri.UnescapeDataString(folder) : folder;
}
