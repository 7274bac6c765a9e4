namespace Vaal.Interop;

/// <summary>
/// A folder a class. Folders called train, val and test on top are looked through. In an export of ours the index says
/// which image each file is, whatever folder it has been moved to since; what is not labelled lies in <c>_unlabelled</c>.
/// </summary>
internal static class ImageFolder
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
        var (taken, files) = (new HashSet<string>(), new List<string>());
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            ExportFolder.Copy(row, Path.Combine(folder, row.Class is null ? Unlabelled : FolderOf(row.Class), file));
        }
        foreach (var name in request.AllClasses) Directory.CreateDirectory(Path.Combine(folder, FolderOf(name)));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index), stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    private static bool IsSet(string folder) => Directory.EnumerateDirectories(folder).Any();

    /// <summary>A class may be called anything, a folder may not: other characters are written as %XX.</summary>
    internal static string FolderOf(string name)
    {
        var folder = string.Concat(name.Select((c, i) => char.IsControl(c) || "%<>:\"/\\|?*".Contains(c) || c is '.' or ' ' && (i == 0 || i == name.Length - 1) || c == '_' && i == 0
            ? string.Concat(System.Text.Encoding.UTF8.GetBytes([c]).Select(b => $"%{b:X2}")) : c.ToString()));
        // a class called train would be taken for a set
        return Sets.Contains(folder.ToLowerInvariant()) ? $"%{(int)folder[0]:X2}{folder[1..]}" : folder;
    }

    internal static string ClassOf(string folder) => folder.Contains('%') ? Uri.UnescapeDataString(folder) : folder;
}
