using System.IO.Enumeration;
using System.Xml;

namespace Vaal.Data.Labels;

/// <summary>Opens what an import names, within limits.</summary>
internal static partial class Sources
{
    private static readonly string[] _endings =
        [.. SourceFiles.Extensions, .. SourceFiles.Extensions.Select(e => e.ToUpperInvariant())];

    private static readonly string[] _spreadsheets = [".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"];

    public static bool IsPicture(string name) => SourceFiles.IsPicture(name);

    // the pixels of pictures say nothing about labels, those of masks do
    private static bool IsMask(string name)
        => Path.GetExtension(name).Equals(".png", StringComparison.OrdinalIgnoreCase)
        && (name.Split('/')[..^1].Any(part => part.Equals(MaskPngs.Masks, StringComparison.OrdinalIgnoreCase))
            || RoboflowMasks.IsMask(name));

    public static bool IsZip(string path) => File.Exists(path) && Head(path, 4).AsSpan().StartsWith("PK\x03\x04"u8);

    /// <summary>Refuses what a spreadsheet program saves by itself, and says what to save instead.</summary>
    /// <exception cref="InputException">the name ends like that of a spreadsheet</exception>
    public static void NoSpreadsheet(string path)
    {
        if (_spreadsheets.Contains(Path.GetExtension(path).ToLowerInvariant()) && File.Exists(path))
            throw new InputException($"expected a table as CSV or Parquet, found the spreadsheet '{path}'; save it as "
                + "'CSV UTF-8' there and give that file");
    }

    /// <summary>The one file or folder that an archive holds, or all of it.</summary>
    public static string OnlyContent(string folder)
    {
        while (Directory.EnumerateFileSystemEntries(folder).Take(2).ToArray() is [var only])
        {
            if (File.Exists(only)) return only;
            // a class, not the whole
            if (FolderPerClass.HasPictures(only) && !Directory.EnumerateDirectories(only).Any()) return folder;
            folder = only;
        }
        return folder;
    }

    /// <summary>What the system refuses (no permission, gone, a device) is the user's to mend, not a crash.</summary>
    public static T Readable<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new InputException($"'{path}' is a pipe or a device; expected a regular file", e);
        }
    }

    /// <summary>Refuses a pipe, a device or a socket before it is opened: opening could wait without end.</summary>
    /// <exception cref="InputException">it is no regular file</exception>
    public static FileInfo Regular(string path)
    {
        try
        {
            return RegularFile.Info(path);
        }
        catch (FileNotFoundException e)
        {
            throw new InputException($"no file or folder '{path}'", e);
        }
        catch (IOException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    /// <summary>
    /// The file itself, or the files of a folder (and of the named folder in it, in any case) that fit.
    /// </summary>
    public static IReadOnlyList<string> FilesOf(string path, string? subfolder, Func<string, bool> fits)
    {
        if (File.Exists(path)) return fits(path) ? [path] : [];
        if (!Directory.Exists(path)) return [];
        var within = subfolder is null ? [] : Subfolders(path, subfolder);
        return
        [
            .. within.Prepend(path).SelectMany(Directory.EnumerateFiles)
                .Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).Where(fits),
        ];
    }

    /// <summary>Folders of a name in a folder, whatever the case.</summary>
    public static IEnumerable<string> Subfolders(string path, string name) => !Directory.Exists(path) ? []
        : Directory.EnumerateDirectories(path)
            .Where(d => Path.GetFileName(d).Equals(name, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal);

    /// <summary>
    /// Files of a folder and below it, in an order that is the same everywhere; links to folders are not followed.
    /// </summary>
    public static IEnumerable<string> Files(string folder, string pattern = "*")
        => new FileSystemEnumerable<string>(folder, (ref FileSystemEntry e) => e.ToFullPath(),
            new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.None,
                IgnoreInaccessible = true,
            })
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) =>
                !e.IsDirectory && FileSystemName.MatchesSimpleExpression(pattern, e.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry e) => (e.Attributes & FileAttributes.ReparsePoint) == 0,
        }.Order(StringComparer.Ordinal);

    /// <summary>The same without hidden files and what lies in hidden folders.</summary>
    public static IEnumerable<string> VisibleFiles(string folder, string pattern = "*")
        => Files(folder, pattern).Where(f => !Relative(folder, f).Split('/').Any(part => part.StartsWith('.')));

    /// <summary>Path of a file inside a folder, with <c>/</c>.</summary>
    public static string Relative(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');

    /// <summary>
    /// The picture beside the label file, or in the picture folder that goes with its labels or masks folder; else its
    /// name alone.
    /// </summary>
    /// <param name="fits">tells two pictures of one name apart, such as a.jpg and a.png</param>
    /// <exception cref="MalformedEntryException">several are of that name, and not one fits</exception>
    public static string PictureOf(string folder, string labels, Dictionary<string, string> index,
        Func<string, bool> fits)
    {
        var stem = Path.ChangeExtension(labels, null);
        if (index.TryGetValue(Path.GetFileName(stem), out var known)) return known;
        var parts = stem.Split('/');
        string With(string pictures) => string.Join('/', parts.Select((p, i) => i < parts.Length - 1
            && p.ToLowerInvariant() is "labels" or "masks" or "annotations" ? pictures : p));
        string[] candidates = [With("images"), With("Images"), With("JPEGImages"), stem];
        foreach (var candidate in candidates.Distinct())
        {
            var (parent, name) = (Path.Combine(folder, Path.GetDirectoryName(candidate) ?? ""),
                Path.GetFileName(candidate));
            if (!Directory.Exists(parent)) continue;
            string[] pictures =
            [
                // where a file system ignores case, a.jpg and a.JPG are one file
                .. _endings.Select(e => name + e).Where(f => File.Exists(Path.Combine(parent, f)))
                    .Distinct(StringComparer.OrdinalIgnoreCase)
                    .Select(f => Relative(folder, Path.Combine(parent, f)))
                    // a mask is a picture too
                    .Where(f => f != labels),
            ];
            if (pictures.Length == 1) return pictures[0];
            if (pictures.Length > 1)
                return pictures.Where(fits).ToArray() is [var only] ? only : throw new MalformedEntryException(
                    $"may be of {Text.Quote(pictures[0])} or {Text.Quote(pictures[1])}; rename one of them");
        }
        return candidates[0];
    }

    public static byte[] Bytes(string path, ImportContext context)
    {
        var length = Regular(path).Length;
        if (length > context.MaxFileBytes)
            throw new InputException(
                $"{Path.GetFileName(path)} has {length >> 20} MiB; at most {context.MaxFileBytes >> 20} MiB are read; "
                    + "split it");
        return length == 0 ? [] : RegularFile.ReadAllBytes(path);
    }

    /// <summary>The lines of a text in UTF-8.</summary>
    /// <exception cref="InputException">it is not in UTF-8: read otherwise it would name other classes</exception>
    public static string Utf8(string path, ImportContext context)
    {
        var bytes = Bytes(path, context);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            throw new InputException($"{Path.GetFileName(path)} is not in UTF-8; save it as UTF-8");
        return System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }

    /// <summary>By the mark that Windows' programs put in front.</summary>
    public static bool IsUtf16(string path) =>
        File.Exists(path) && Head(path, 2) is [0xFF, 0xFE] or [0xFE, 0xFF];

    /// <summary>The first bytes, enough to tell formats apart; none of what is no regular file.</summary>
    public static byte[] Head(string path, int most = 1 << 20)
    {
        if (new FileInfo(path).Length == 0 && new FileInfo(path).LinkTarget is null) return [];
        Regular(path);
        using var stream = RegularFile.OpenRead(path);
        var head = new byte[(int)Math.Min(stream.Length, most)];
        stream.ReadExactly(head);
        return head;
    }

    /// <summary>Without document types, entities or anything fetched from elsewhere.</summary>
    public static XmlReader Xml(byte[] bytes) => new ShallowXmlReader(new MemoryStream(bytes, writable: false));

    /// <summary>The root element's name, or null where the file is not XML.</summary>
    public static string? XmlRoot(string path)
    {
        try
        {
            using var reader = Xml(Head(path, 1 << 16));
            return reader.MoveToContent() == XmlNodeType.Element ? reader.LocalName : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>No document types, no entities, nothing fetched from elsewhere, and no depth: a tree of nested elements
    /// takes quadratic time to build.</summary>
    private sealed class ShallowXmlReader : XmlTextReader
    {
        public ShallowXmlReader(Stream stream) : base(stream)
        {
            (DtdProcessing, XmlResolver, Normalization, WhitespaceHandling) =
                (DtdProcessing.Prohibit, null, true, WhitespaceHandling.None);
        }

        public override bool Read()
        {
            var more = base.Read();
            return Depth <= 64 ? more
                : throw new XmlException("elements are nested deeper than 64", null, LineNumber, LinePosition);
        }
    }
}
