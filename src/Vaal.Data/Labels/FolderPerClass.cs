using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// A folder a class. Folders called train, val and test on top are looked through. In an export of ours the index says
/// which image each file is, whatever folder it has been moved to since; what is not labelled lies in <c>_unlabelled</c>.
/// </summary>
internal static class FolderPerClass
{
    public const string Unlabelled = "_unlabelled";
    private static readonly string[] Sets = ["train", "val", "valid", "validation", "test"];

    public static bool Recognises(string path)
        => Directory.Exists(path) && Directory.EnumerateDirectories(path).Any(d => HasPictures(d) || Directory.EnumerateDirectories(d).Any(HasPictures));

    public static bool HasPictures(string folder) => Directory.EnumerateFiles(folder).Any(Sources.IsPicture);

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Directory.Exists(path)) throw new InputException($"'{path}' is not a folder; an image folder has a folder a class");
        var index = Csv.Index(path, context);
        foreach (var file in Sources.Files(path).Where(Sources.IsPicture))
        {
            var name = Sources.Relative(path, file);
            log.Entry(name, () =>
            {
                string[] folders = [.. name.Split('/')[..^1]];
                if (folders.Length > 1 && Sets.Contains(folders[0].ToLowerInvariant())) folders = folders[1..];
                else if (folders.Length == 1 && Sets.Contains(folders[0].ToLowerInvariant()) && IsSet(Path.Combine(path, folders[0]))) folders = [];
                if (folders is [Unlabelled, ..]) return;
                if (folders.Length == 0) throw new MalformedEntryException("lies in no class folder");
                log.Add(new Annotation(index.GetValueOrDefault(Path.GetFileName(file), name), ClassOf(folders[0]), [], null, null, name));
            });
        }
        return log.Result;
    }

    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        var (taken, files, folders) = (new HashSet<string>(), new List<string>(), FoldersOf(request.AllClasses));
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            ExportFolder.Copy(row, Path.Combine(folder, row.Class is null ? Unlabelled : folders[row.Class], file));
        }
        foreach (var name in folders.Values) Directory.CreateDirectory(Path.Combine(folder, name));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index), stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    private static bool IsSet(string folder) => Directory.EnumerateDirectories(folder).Any();

    /// <summary>A class may be called anything, a folder may not: other characters are written as %XX. So are the first letters of what would be taken for a
    /// set, of names that Windows keeps for devices, and of a class that differs from another in its case alone.</summary>
    internal static Dictionary<string, string> FoldersOf(IEnumerable<string> classes)
    {
        var taken = new HashSet<string>([.. Sets, "con", "prn", "aux", "nul", .. Enumerable.Range(1, 9).SelectMany(i => new[] { $"com{i}", $"lpt{i}" })], StringComparer.OrdinalIgnoreCase);
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
        return string.Concat(runes.Select((c, i) => i < first || Forbidden(c, i == 0, i == runes.Length - 1) ? string.Concat(Encoding.UTF8.GetBytes(c.ToString()).Select(b => $"%{b:X2}")) : c.ToString()));
    }

    private static bool Forbidden(Rune c, bool first, bool last) =>
        Rune.IsControl(c) || "%<>:\"/\\|?*".Contains(c.ToString(), StringComparison.Ordinal) || c.Value is '.' or ' ' && (first || last) || c.Value == '_' && first;

    internal static string ClassOf(string folder) => folder.Contains('%') ? Uri.UnescapeDataString(folder) : folder;
}
