using Vaal.Data.Labels;

namespace Vaal.Data.Formats;

/// <summary>
/// Images that may have several classes each. Their labels are in <c>labels.csv</c>, or lie in the folder in any format
/// that <c>vaal import</c> reads. It is recognised by a table that says so itself: <c>_classes.csv</c> with a column
/// per class, or <c>labels.csv</c> as <c>vaal export</c> writes it. Images without a label are left out.
/// </summary>
internal sealed class MultiLabelFolder : IDataFormat
{
    private const string Table = "labels.csv";

    public string Description => "images with several classes each: _classes.csv, labels.csv or other labels";

    public bool Recognises(string path) => Directory.Exists(path)
        && (CsvTable.Peek(Path.Combine(path, Table)) is { } table && Csv.IsOfSeveral(table)
            || Directory.EnumerateDirectories(path).Where(d => Splits.Of(Path.GetFileName(d)) is not null)
                .Prepend(path).Any(HasColumnPerClass));

    private static bool HasColumnPerClass(string folder) =>
        Path.Combine(folder, RoboflowMasks.Classes) is var file && File.Exists(file) && OneHotTable.Recognises(file);

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        var masks = files.RemoveAll(f => f.Path.Split('/')[..^1].Any(Splits.IsForLabels));
        if (masks > 0)
            notes.Add(Counted.Of(masks, "picture in a folder of labels is not an image",
                "pictures in folders of labels are not images") + " of the pool");
        var (pool, test) = Parts(files);
        var inside = files.FindAll(f => IsIn(f, pool) || IsIn(f, test));
        if (inside.Count < files.Count)
            notes.Add($"{Counted.Of(files.Count - inside.Count, "image")} outside {pool}"
                + $"{(test is null ? "" : $" and {test}")} {Counted.Is(files.Count - inside.Count)} left out");

        var (sets, problems) = Labels(path, files, options);
        var labelled = inside.FindAll(f => sets.ContainsKey(f.Path));
        if (inside.Find(f => !sets.ContainsKey(f.Path)) is { } without)
            problems.Add(Such(inside.Count - labelled.Count, "image has no label and is left out",
                "images have no label and are left out", without.Path));
        if (options.Strict && problems.Count > 0) throw new InputException(string.Join("; ", problems.Take(5)));
        notes.AddRange(problems);
        string[] names = ClassSet.Of(labelled.SelectMany(f => sets[f.Path]));
        if (names.Length == 0 || !labelled.Exists(f => IsIn(f, pool)))
            throw new InputException($"expected images with classes in {Path.Combine(path, pool)}, found none"
                + (problems.Count > 0 ? $": {problems[0]}" : ""));

        var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index);
        return ImageFolder.Load(path, labelled, names, _ => -1, pool, labelled.Exists(f => IsIn(f, test)) ? test : null,
            notes, options, image => [.. sets[image].Select(name => numbers[name])]);
    }

    /// <summary>The classes of each image that has a label, and what could not be used.</summary>
    private static (Dictionary<string, string[]> Sets, List<string> Problems) Labels(
        string folder, IReadOnlyList<SourceFile> files, LoadOptions options)
    {
        var names = new ImageNames(files.Select(f => f.Path), folder);
        var read = Read(folder, names, options.Cancel);
        var (sets, unknown, torn) = (new Dictionary<string, string[]>(), new List<string>(), new HashSet<string>());
        var spelt = new ClassNames([]);
        foreach (var (entry, (image, _)) in read.Annotations.Select(spelt.Of)
            .Zip(ImageMatches.Of(read.Annotations, names, folder)))
        {
            if (image is null)
            {
                unknown.Add(entry.Image);
                continue;
            }
            // what a shape shows is in the image
            var set = ClassSet.Of((entry.Classes ?? [entry.Class!]).Concat(entry.Shapes.Select(s => s.Class))
                .OfType<string>());
            if (!sets.TryAdd(image, set) && !sets[image].SequenceEqual(set)) torn.Add(image);
        }
        foreach (var image in torn) sets.Remove(image);
        List<string> problems = [.. read.Problems.Select(p => p.ToString())];
        if (unknown.Count > 0)
            problems.Add(Such(unknown.Count, "label names no image of the folder, or more than one",
                "labels name no image of the folder, or more than one", unknown[0]));
        if (torn.Count > 0)
            problems.Add(Such(torn.Count, "image has two labels that differ", "images have two labels that differ",
                torn.First()));
        return (sets, problems);
    }

    private static string Such(int count, string one, string many, string first) =>
        $"{Counted.Of(count, one, many)}: {Text.Quote(first)}{(count > 1 ? ", ..." : "")}";

    private static ImportResult Read(string folder, ImageNames names, CancellationToken cancel)
    {
        var table = Path.Combine(folder, Table);
        try
        {
            return LabelFormats.Import(File.Exists(table) ? table : folder, null, new ImportContext(
                name => SizeOf(name, null, null))
            {
                SizeBeside = SizeOf,
                MultiLabel = true,
                Root = ImageRoot.OfDataSet(folder),
                Cancel = cancel,
            });
        }
        catch (InputException e)
        {
            throw new InputException($"expected labels of the images in {folder}, found none that can be read "
                + $"({e.Message}); add {Table} with the columns path and labels", e);
        }

        // formats with fractions of an image need its size
        (int, int)? SizeOf(string name, string? beside, string? split) =>
            names.Resolve(name, beside, out _, split) is { } image
                ? ImageDecoder.SizeOf(Path.Combine(folder, image)) : null;
    }

    /// <summary>The folders of the pool and of the test set; where none is called train, all is the pool.</summary>
    /// <exception cref="InputException">several are called so, and others are for tests</exception>
    private static (string Pool, string? Test) Parts(IReadOnlyList<SourceFile> files)
    {
        string[] folders = [.. files.SelectMany(f => Folders(f.Path)).Distinct()];
        var (train, test) = Splits.Parts(folders, f => f.Split('/')[^2]);
        return (train ?? "", test);
    }

    // images/, images/train/
    private static IEnumerable<string> Folders(string path) =>
        path.Index().Where(c => c.Item == '/').Select(c => path[..(c.Index + 1)]);

    private static bool IsIn(SourceFile file, string? folder) =>
        folder is not null && file.Path.StartsWith(folder, StringComparison.Ordinal);
}
