namespace Vaal.Data.Labels;

/// <summary>An entry of a label file cannot be used; the reader lists it and goes on.</summary>
/// <param name="entries">how many entries it leaves out; 0: another problem has counted them already</param>
internal sealed class MalformedEntryException(string message, int entries = 1) : Exception(message)
{
    public int Entries => entries;
}

/// <summary>What an importer has gathered so far.</summary>
internal sealed class ImportLog(ImportContext context)
{
    private readonly List<Annotation> _annotations = [];
    private readonly List<ImportProblem> _problems = [];
    private int _entries;

    /// <summary>Entries from one report of progress to the next; an import of fewer has none.</summary>
    internal const int Every = 100;

    public ImportContext Context => context;
    public RunBudget Runs { get; } = new();

    /// <summary>Pixels of masks that one import may decode.</summary>
    public RunBudget Pixels { get; } = new(10_000_000_000);

    public ImportResult Result => new(_annotations, _problems);

    /// <summary>
    /// The folder from which names of images count, as a full path; null: the image folder of the workspace.
    /// </summary>
    public string? Folder { get; private set; }

    /// <summary>The part of the data set that the label file is of, by its name; null: it does not say.</summary>
    private string? Split { get; set; }

    /// <summary>Label Studio wrote the file (<see cref="Annotation.Uploaded"/>).</summary>
    public bool Uploaded { get; set; }

    /// <summary>Names from now on count from the folder of this label file.</summary>
    public void Beside(string file) =>
        (Folder, Split) = (Path.GetDirectoryName(Path.GetFullPath(file)), Splits.OfFile(file));

    /// <summary>Names from now on count from this folder; null: from the image folder of the workspace.</summary>
    public void Within(string? folder) => (Folder, Split) = (folder is null ? null : Path.GetFullPath(folder), null);

    /// <exception cref="MalformedEntryException">a name is empty, or leads out of the image folder</exception>
    public void CheckName(string image)
    {
        if (ImageNames.Unsafe(image, context.Root) is { } problem) throw new MalformedEntryException(problem);
    }

    /// <summary>Size in pixels of the image that a name means, or null.</summary>
    public (int Width, int Height)? SizeOf(string image)
        => ImageNames.Unsafe(image, context.Root) is not null ? null
            : context.SizeBeside is { } beside ? beside(image, Folder, Split) : context.SizeOf(image);

    /// <summary>The same; formats with relative coordinates cannot be read without it.</summary>
    public (int Width, int Height) RequiredSizeOf(string image)
        => SizeOf(image) ?? throw new MalformedEntryException(context.WhyNone?.Invoke(image, Folder, Split)
            ?? $"the size of image {Text.Quote(image)} is not known; is it in the workspace?");

    /// <summary>
    /// Before the pixels of a mask are decoded: its image is in the workspace, and as large as the file says. Else a
    /// small file could ask for any amount of work. Where there is no workspace, nothing can be said.
    /// </summary>
    public void CheckSizeOf(string image, (int Width, int Height) stated)
    {
        if (context.SizeBeside is null) return;
        var known = RequiredSizeOf(image);
        if (known != stated)
            throw new MalformedEntryException($"its shapes are of an image of {stated.Width}×{stated.Height} pixels; "
                + $"{Text.Quote(image)} is {known.Width}×{known.Height}");
    }

    /// <summary>Reads one entry; a malformed one becomes a problem and adds nothing.</summary>
    public void Entry(string where, Action read)
    {
        context.Cancel.ThrowIfCancellationRequested();
        if (++_entries % Every == 0) context.Report?.Invoke(new("reading labels", _entries, 0));
        var before = _annotations.Count;
        try
        {
            read();
        }
        catch (MalformedEntryException e)
        {
            _annotations.RemoveRange(before, _annotations.Count - before);
            _problems.Add(new(where, e.Message) { Entries = e.Entries });
        }
    }

    /// <summary>The same with the classes of the image as a whole: one, or several where the workspace takes
    /// them.</summary>
    /// <exception cref="MalformedEntryException">there are several, and an image has one</exception>
    public void Add(Annotation annotation, IEnumerable<string> classes)
    {
        string[] names = [.. classes.Select(Named)];
        Add(context.MultiLabel ? annotation with { Classes = ClassSet.Of(names) }
            : annotation with { Class = Text.OnlyClass(names, annotation.Image) });
    }

    /// <summary>Takes an annotation over, once its name, classes and geometry are possible.</summary>
    public void Add(Annotation annotation)
    {
        CheckName(annotation.Image);
        if (annotation.Shapes.Select(s => Trimmed(s.Class)).FirstOrDefault(c => !Text.FitsClass(c)) is { } unfit)
            throw new MalformedEntryException(Text.Unfit(unfit));
        if (annotation.Size is { } stated && (stated.Width < 1 || stated.Height < 1))
            throw new MalformedEntryException(
                $"the size of {Text.Quote(annotation.Image)} is {stated.Width} x {stated.Height}; expected at least 1 "
                    + "x 1");
        if (annotation.Shapes.Count > 0)
        {
            var size = annotation.Size ?? SizeOf(annotation.Image);
            foreach (var shape in annotation.Shapes)
                if (Geometry.Problem(shape, size) is { } impossible)
                    throw new MalformedEntryException($"{impossible}; {Text.Quote(annotation.Image)} is left out");
        }
        _annotations.Add(annotation with
        {
            Class = annotation.Class is null ? null : Named(annotation.Class),
            Shapes = annotation.Shapes.All(s => s.Class == Trimmed(s.Class)) ? annotation.Shapes
                : [.. annotation.Shapes.Select(s => s with { Class = Trimmed(s.Class) })],
            Folder = annotation.FromRoot ? null : annotation.Folder ?? Folder,
            Split = annotation.FromRoot ? null : annotation.Split ?? Split,
            Uploaded = annotation.Uploaded || Uploaded,
        });
    }

    // without a name it would say that somebody has looked and found nothing
    private static string Named(string @class) => Trimmed(@class)
        ?? throw new MalformedEntryException("has a class without a name");

    private static string? Trimmed(string? @class) =>
        @class is null ? null : Text.NullIfEmpty(Text.Trimmed(@class));

    /// <summary>Takes what another reader has read, with the names of its entries prefixed.</summary>
    public void Take(ImportResult result, string prefix)
    {
        _annotations.AddRange(result.Annotations.Select(a => a with { Where = prefix + a.Where }));
        _problems.AddRange(result.Problems.Select(p => p.Below(prefix)));
    }

    public void Problem(string where, string message) => _problems.Add(new ImportProblem(where, message));

    /// <summary>A remark: nothing is left out.</summary>
    public void Note(string where, string message) => _problems.Add(new(where, message) { Entries = 0 });

    /// <summary>Says what of an image is not read: <c>2 'point', 1 'line'</c>.</summary>
    /// <param name="taken">the rest of it is a label</param>
    public void Skipped(string where, string image, IEnumerable<string> kinds, bool taken)
    {
        if (NotRead(kinds) is not { } words) return;
        if (taken) Note(where, $"{Text.Quote(image)}, {words}");
        else Problem(where, $"{Text.Quote(image)}, {words}");
    }

    /// <summary>In words: <c>not read: 2 'point', 1 'line'</c>; null: everything is.</summary>
    public static string? NotRead(IEnumerable<string> kinds)
    {
        string[] counts = [.. kinds.GroupBy(k => k).Select(g => $"{g.Count()} {Text.Quote(g.Key)}")];
        return counts.Length == 0 ? null : $"not read: {string.Join(", ", counts)}";
    }

    /// <summary>The image that a row of a table names. Blanks around a cell are no part of it, unless an image has
    /// them in its name: some programs write no quotes there. Before a folder they never are: folders of a name may be
    /// missing, so any would fit.</summary>
    public string ImageOf(CsvRow row, int column)
    {
        var plain = row[column] ?? "";
        return row.Untrimmed?.GetValueOrDefault(column) is { } name && context.SizeBeside is not null
            && (!char.IsWhiteSpace(name[0]) || plain.IndexOfAny(['/', '\\']) < 0) && SizeOf(name) is not null
            ? name : plain;
    }
}
