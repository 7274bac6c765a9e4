using System.IO.Compression;
using System.IO.Enumeration;
using System.Text.Json;
using System.Xml;

namespace Vaal.Data.Labels;

/// <summary>Opens what an import names, within limits.</summary>
internal static class Sources
{
    private static readonly string[] _endings =
        [.. SourceFiles.Extensions, .. SourceFiles.Extensions.Select(e => e.ToUpperInvariant())];

    public static bool IsPicture(string name) => SourceFiles.IsPicture(name);

    // the pixels of pictures say nothing about labels, those of masks do
    private static bool IsMask(string name)
        => Path.GetExtension(name).Equals(".png", StringComparison.OrdinalIgnoreCase)
        && (name.Split('/')[..^1].Any(part => part.Equals(MaskPngs.Masks, StringComparison.OrdinalIgnoreCase))
            || RoboflowMasks.IsMask(name));

    public static bool IsZip(string path) => File.Exists(path) && Head(path, 4).AsSpan().StartsWith("PK\x03\x04"u8);

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
    public static string PictureOf(string folder, string labels, Dictionary<string, string> index)
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
            var picture = _endings.Select(e => name + e).FirstOrDefault(f => File.Exists(Path.Combine(parent, f)));
            // a mask is a picture too
            if (picture is not null && Relative(folder, Path.Combine(parent, picture)) is var found && found != labels)
                return found;
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

    /// <summary>
    /// A JSON file that is well formed from end to end: what is read from it later, item by item, cannot break.
    /// </summary>
    public static byte[] Json(string path, ImportContext context)
    {
        var bytes = Bytes(path, context);
        return JsonProblem(bytes) is { } problem
            ? throw new InputException($"{Path.GetFileName(path)} {problem}") : bytes;
    }

    /// <summary>Why this is no JSON, or null.</summary>
    public static string? JsonProblem(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return "is not valid UTF-8";
        var list = false;
        try
        {
            var reader = JsonReader(bytes);
            var fields = new HashSet<string>();
            while (reader.Read())
            {
                // half a surrogate pair in an escape is only found when the text is taken
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 }
                    && !fields.Add(reader.GetString()!) && !list)
                    return $"has the field {Text.Quote(reader.GetString()!)} twice";
                list |= reader is { TokenType: JsonTokenType.StartArray, CurrentDepth: 0 };
            }
            return null;
        }
        catch (JsonException e)
        {
            return $"is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
        }
        catch (InvalidOperationException)
        {
            return "has text that is not valid Unicode";
        }
    }

    /// <summary>
    /// Reads the items of a list one at a time, so that only one is in memory: of the list that the document is, or of
    /// the root object's field of that name. False where there is no such list.
    /// </summary>
    public static bool EachItem(ReadOnlySpan<byte> json, string? field, Action<JsonElement> read)
    {
        var reader = JsonReader(json);
        reader.Read();
        if (field is not null)
        {
            if (reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals(field))
                reader.Skip();
            if (reader.TokenType != JsonTokenType.PropertyName) return false;
            reader.Read();
        }
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            using var item = JsonDocument.ParseValue(ref reader);
            read(item.RootElement);
        }
        return true;
    }

    /// <summary>The document, once it is known to be well formed.</summary>
    public static JsonDocument JsonValue(ReadOnlySpan<byte> bytes)
    {
        var reader = JsonReader(bytes);
        return JsonDocument.ParseValue(ref reader);
    }

    private static Utf8JsonReader JsonReader(ReadOnlySpan<byte> bytes)
        => new(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes, new JsonReaderOptions { MaxDepth = 64 });

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

    /// <summary>
    /// Unpacks an archive into a folder; pictures become empty files, because only their names matter.
    /// </summary>
    public static void Unzip(string path, string folder, ImportLog log)
    {
        try
        {
            Regular(path);
            using var archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count > 2_000_000)
                throw new InputException(
                    $"{Path.GetFileName(path)} has {archive.Entries.Count} entries; at most 2,000,000 are read");
            var left = log.Context.MaxUnpackedBytes;
            foreach (var entry in archive.Entries.Where(e => !e.FullName.EndsWith('/')))
                log.Entry($"archive entry {Text.Quote(entry.FullName)}",
                    () => left -= Unpack(entry, folder, left, log));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Path.GetFileName(path)} is not a whole ZIP archive", e);
        }
    }

    private static long Unpack(ZipArchiveEntry entry, string folder, long left, ImportLog log)
    {
        var name = entry.FullName.Replace('\\', '/');
        if (ImageNames.Unsafe(name) is { } problem) throw new MalformedEntryException(problem);
        var target = Path.GetFullPath(Path.Combine(folder, name));
        if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new MalformedEntryException("leaves the folder");
        if (name.Split('/').Any(part => part.Length > 200) || File.Exists(target) || Directory.Exists(target))
            throw new MalformedEntryException("has a name that is too long or is there twice");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var output = File.Create(target);
            if (IsPicture(name) && !IsMask(name)) return 0;
            using var input = entry.Open();
            var buffer = new byte[1 << 16];
            long total = 0;
            for (int read; (read = input.Read(buffer)) > 0; output.Write(buffer, 0, read))
            {
                log.Context.Cancel.ThrowIfCancellationRequested();
                if ((total += read) > left)
                    throw new InputException(
                        $"the archive unpacks to more than {log.Context.MaxUnpackedBytes >> 20} MiB");
            }
            return total;
        }
        catch (IOException e)
        {
            throw new MalformedEntryException($"cannot be unpacked: {e.Message}");
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
