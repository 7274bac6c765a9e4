using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

/// <summary>
/// A table with a column for the image and one for its class, or for a box and its class (<see cref="CsvBoxes"/>). The
/// first line may name the columns, else the first is the image and the second the class. A row without a class is not
/// labelled.
/// </summary>
internal static partial class Csv
{
    private static readonly string[] _images =
    [
        "path", "image", "file", "filename", "file_name", "image_path", "filepath", "file_path", "imagepath",
        "image_filename", "img", "image_name", "imagename", "image_id", "imageid", "img_path",
        "img_name", "image_file", "fname", "name",
    ];

    private static readonly string[] _labels =
    [
        "label", "class", "category", "choice", "labels", "class_name", "label_name", "category_name", "classname",
        "class_label", "target",
    ];

    private static readonly string[] _annotators = ["annotator", "who", "completed_by", "user"];
    private static readonly string[] _times = ["when", "updated_at", "created_at", "date"];
    private static readonly string[] _header = ["path", "label", "rank", "score", "reason", "pre_label"];

    // the classes of an image that may have several: what reads this table as one class an image refuses several
    private static readonly string[] _severalHeader = ["path", "labels", .. _header[2..]];

    /// <param name="Own">a table that Vaal has written: its classes are taken as they stand</param>
    /// <param name="MultiLabel">that table has several classes an image</param>
    private sealed record Columns(
        int Image, int Label, int Annotator, int When, bool Header, bool Own, bool MultiLabel);

    /// <summary>What Roboflow and Hugging Face call the table in each folder of a data set.</summary>
    private static readonly string[] _inFolders = ["_annotations.csv", "metadata.csv"];

    public static bool Recognises(string path)
        => Directory.Exists(path) ? InFolder(path) is not null : File.Exists(path)
            && (Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv"
                || Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase) && LooksLikeTable(path));

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (Directory.Exists(path))
            path = InFolder(path) ?? throw new InputException($"'{path}' holds no {string.Join(" or ", _inFolders)}");
        log.Beside(path);
        var table = CsvTable.Open(path, context);
        if (CsvBoxes.LayoutOf(table, ImageColumn(table), LabelColumn(table)) is { } boxes)
        {
            CsvBoxes.Read(table, boxes, log);
            return log.Result;
        }
        if (table.First.Length == 0)
            throw new InputException($"{table.Name} is empty; expected a first line such as 'path,label'");
        var columns = ColumnsOf(table);
        if (columns is { Header: true, Label: < 0 })
            throw new InputException(
                $"{table.Name} has no column for the class; name one '{_labels[0]}' (found: {table.Found})");
        if (columns.Own) log.Within(null);
        var rows = table.Body(columns.Header).ToList();
        if (context.MultiLabel) ReadSeveral(rows, columns, log);
        else foreach (var row in rows) log.Entry(row.Where, () => ReadOne(row, columns, log));
        if (rows.Count > 0 && rows.TrueForAll(r => r.Problem is null && r[columns.Label] is null))
            log.Problem(table.Name, $"column {Text.Quote(columns.Header ? table.First[columns.Label] : "2")} is empty "
                + $"in {Counted.Of(rows.Count, "row")}; fill in the classes");
        return log.Result;
    }

    private static void ReadOne(CsvRow row, Columns columns, ImportLog log)
    {
        if (row.Problem is not null) throw new MalformedEntryException(row.Problem);
        if (row[columns.Label] is not { } label) return;
        RefuseError(label, log.Context);
        var image = log.ImageOf(row, columns.Image);
        var @class = columns.Own && !columns.MultiLabel ? label : ClassOf(label, image, log.Context);
        log.Add(new Annotation(image, @class, [], row[columns.Annotator], Text.Time(row[columns.When]), row.Where));
    }

    // several classes stand in one cell, or in a row each; half of them would be a wrong label
    private static void ReadSeveral(IEnumerable<CsvRow> rows, Columns columns, ImportLog log)
    {
        foreach (var of in rows.GroupBy(r => (Image: log.ImageOf(r, columns.Image), Who: r[columns.Annotator])))
            log.Entry(of.First().Where, () =>
            {
                if (of.FirstOrDefault(r => r.Problem is not null) is { } bad)
                    throw new MalformedEntryException(of.Count() == 1 ? bad.Problem!
                        : $"{bad.After(of.First().Where)}{bad.Problem}; {Text.Quote(of.Key.Image)} is left out");
                var labelled = of.Where(r => r[columns.Label] is not null).ToList();
                if (labelled.Count == 0) return;
                foreach (var row in labelled) RefuseError(row[columns.Label]!, log.Context);
                log.Add(new Annotation(of.Key.Image, null, [], of.Key.Who, Text.Time(labelled[^1][columns.When]),
                        labelled[0].Where),
                    ClassesOf(of.Key.Image, [.. labelled.Select(r => (r.Where,
                        columns.Own && !columns.MultiLabel ? [r[columns.Label]!]
                            : ClassSet.OfCell(r[columns.Label]!, log.Context.KnowsClass)))]));
            });
    }

    /// <summary>The classes that the rows of an image give it together.</summary>
    /// <exception cref="MalformedEntryException">one row says that it has none of the classes, and another names
    /// some</exception>
    internal static IEnumerable<string> ClassesOf(string image, IReadOnlyList<(string Where, string[] Classes)> rows)
    {
        var none = rows.FirstOrDefault(r => r.Classes.Length == 0).Where;
        var some = rows.FirstOrDefault(r => r.Classes.Length > 0);
        return none is null || some.Where is null ? rows.SelectMany(r => r.Classes)
            : throw new MalformedEntryException($"{Text.Quote(image)} is {ClassSet.Words(some.Classes)} at "
                + $"{some.Where}, and has none of the classes at {none}; neither is taken");
    }

    /// <summary>The image column of a table, with the class where there is one.</summary>
    public static IEnumerable<(string Image, string? Class, string Where)> Manifest(string path, ImportContext context)
    {
        var table = CsvTable.Open(path, context);
        if (table.First.Length == 0) yield break;
        var columns = ColumnsOf(table);
        var boxes = columns.Header && CsvBoxes.LayoutOf(table, columns.Image, columns.Label) is not null;
        foreach (var row in table.Body(columns.Header))
        {
            if (row.Problem is not null) throw new InputException($"{table.Name} {row.Where}: {row.Problem}");
            if (row[columns.Image] is not { } image) continue;
            if (context.ImagesAlone || boxes || row[columns.Label] is not { } label)
            {
                yield return (image, null, row.Where);
                continue;
            }
            // a spreadsheet may have been at work in a table of ours too
            var own = columns.Own && !columns.MultiLabel && !SpreadsheetError().IsMatch(label);
            yield return (image, ManifestClass(label, image, own, context.MultiLabel, $"{table.Name} {row.Where}"),
                row.Where);
        }
    }

    /// <summary>A formula that failed leaves its error in the cell, and no one means a class of that name.</summary>
    /// <exception cref="MalformedEntryException">the cell holds one, and no class is called so</exception>
    internal static void RefuseError(string cell, ImportContext context)
    {
        if (SpreadsheetError().IsMatch(cell) && !context.KnowsClass(cell))
            throw new MalformedEntryException(
                $"the class is the spreadsheet's error {Text.Quote(cell)}; expected a name, mend the formula");
    }

    /// <summary>The class of a row of a manifest, whose classes are taken over as a whole or not at all; where an image
    /// may have several, a cell that <see cref="ClassSet.OfCell"/> reads.</summary>
    /// <param name="own">of a table that Vaal has written, with a class an image</param>
    /// <param name="at">the table and the row, for messages</param>
    /// <exception cref="InputException">it is no class, or there are several and an image has one</exception>
    internal static string ManifestClass(string label, string image, bool own, bool several, string at)
    {
        if (own) return several ? ClassSet.ToCell([label]) : label;
        try
        {
            RefuseError(label, ImportContext.Empty);
            if (!several) return ClassOf(label, image, ImportContext.Empty);
            _ = ClassSet.OfCell(label, _ => false);
            return label;
        }
        catch (MalformedEntryException e)
        {
            throw new InputException($"{at}: {e.Message}");
        }
    }

    /// <summary>The table; one line per region, with its place, where there are regions.</summary>
    public static void Write(ExportRequest request, string path) => AtomicFile.Create(path, stream =>
    {
        var lines = TableLine.Of(request.Rows);
        var (guesses, places) = (lines.Any(HasGuess), lines.Any(l => l.Place is not null));
        string[] header = request.MultiLabel ? _severalHeader : _header;
        if (guesses) header = [.. header, "pre_label_probability"];
        WriteLines(stream, places ? [.. header, "place"] : header, lines.Select(l =>
        {
            var cells = guesses ? Cells(l).Append(Probability(l.Row)) : Cells(l);
            return places ? cells.Append(Guard(l.Place)) : cells;
        }));
    });

    /// <summary>The index of an exported folder: the table, and what file an image became.</summary>
    public static void WriteIndex(Stream stream, IReadOnlyList<ExportRow> rows, IReadOnlyList<string> files)
        => WriteLines(stream, [.. _header, "file"], rows.Zip(files, (row, file) =>
            Cells(new TableLine(row, row.Rank, row.Score, row.Reason, null)).Append(Guard(file))));

    /// <summary>
    /// Which image each file of an exported folder is, by the folder's index; empty where it has none.
    /// </summary>
    public static Dictionary<string, string> Index(string folder, ImportContext context)
    {
        var images = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var path = Path.Combine(folder, ExportFolder.Index);
        if (!File.Exists(path)) return images;
        var table = CsvTable.Open(path, context);
        var (image, file) = (table.Column("path"), table.Column("file"));
        if (image < 0 || file < 0) return images;
        foreach (var row in table.Body())
            if (row[image] is { } from && row[file] is { } to) images[to] = from;
        return images;
    }

    /// <summary>The same by the files' names without their endings, for files that lie beside the pictures.</summary>
    public static Dictionary<string, string> IndexByStem(string folder, ImportContext context)
    {
        var images = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (file, image) in Index(folder, context)) images[Path.GetFileNameWithoutExtension(file)] = image;
        return images;
    }

    /// <summary>
    /// The class that a cell of somebody else's table gives an image. Several classes in a cell are refused: a class
    /// called <c>cat,dog</c> is not what anybody means.
    /// </summary>
    /// <exception cref="MalformedEntryException">it names several classes, or is no class</exception>
    public static string ClassOf(string cell, string image, ImportContext context)
    {
        var text = cell.Trim();
        if (context.KnowsClass(text)) return text;
        if (text.StartsWith('{') || text.StartsWith('['))
            return Text.OnlyClass(ClassSet.ListOf(text) ?? throw new MalformedEntryException(
                $"the class is {Text.Quote(text)}; expected a name, found structured text"), image)
                ?? throw new MalformedEntryException("the class is an empty list");
        return Text.Classes(text) is { Length: > 1 } several ? Text.OnlyClass(several, image)! : text;
    }

    /// <summary>
    /// A spreadsheet would run a cell that begins like a formula: an apostrophe before it keeps it text. A cell that
    /// has apostrophes there already gets one more, so that taking one away always gives the cell back.
    /// </summary>
    internal static string? Guard(string? cell) => cell is not null && FormulaLike(cell) ? "'" + cell : cell;

    internal static string Unguard(string cell) => cell.StartsWith('\'') && FormulaLike(cell) ? cell[1..] : cell;

    /// <summary>Where the header has the image; -1: nowhere.</summary>
    internal static int ImageColumn(CsvTable table) => table.Column(_images);

    /// <summary>Where the header has the class; -1: nowhere.</summary>
    internal static int LabelColumn(CsvTable table) => table.Column(_labels);

    /// <summary>Whether Vaal wrote a table of images that may have several classes.</summary>
    internal static bool IsOfSeveral(CsvTable table) => table.HasColumns(_severalHeader);

    private static string? InFolder(string folder)
        => _inFolders.Select(f => Path.Combine(folder, f)).FirstOrDefault(File.Exists);

    private static void WriteLines(Stream stream, string[] header, IEnumerable<IEnumerable<string?>> lines)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        writer.Write(CsvText.Line(header));
        foreach (var line in lines) writer.Write(CsvText.Line([.. line]));
    }

    private static IEnumerable<string?> Cells(TableLine line) =>
    [
        Guard(line.Row.Image), Guard(line.Row.Cell), line.Rank?.ToString(CultureInfo.InvariantCulture),
        line.Score is { } s ? Text.Of(s) : null, Guard(line.Reason), Guard(line.Row.PreLabel),
    ];

    private static bool HasGuess(TableLine line) => line.Row.PreLabelProbability is not null;

    private static string? Probability(ExportRow row) =>
        row.PreLabelProbability is { } p ? Text.Of(p) : null;

    private static bool FormulaLike(string cell)
    {
        var start = cell.AsSpan().TrimStart('\'');
        return start.Length > 0 && start[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
    }

    private static Columns ColumnsOf(CsvTable table)
    {
        if (ImageColumn(table) is var image and >= 0)
            return new(image, LabelColumn(table), table.Column(_annotators), table.Column(_times), true,
                table.HasColumns(_header) || table.HasColumns(_severalHeader), table.HasColumns(_severalHeader));
        if (table.First is [var first, ..] && Sources.IsPicture(first.Trim()))
            return table.First.Length <= 2 ? new(0, 1, -1, -1, false, false, false) : throw new InputException(
                $"{table.Name} has {table.First.Length} columns and no line that names them; expected a first line "
                    + "such as 'path,label'");
        throw new InputException(
            $"{table.Name} has no column for the image; name one '{_images[0]}' (found: {table.Found})");
    }

    private static bool LooksLikeTable(string path)
    {
        var first = CsvTable.Decode(Sources.Head(path, 4096)).Split('\n', '\r')[0];
        return first.Split(',', ';', '\t') is { Length: > 1 } cells
            && (Sources.IsPicture(cells[0].Trim()) || _images.Contains(cells[0].Trim().ToLowerInvariant()));
    }

    // #N/A, #REF!, #NAME?, #DIV/0! in any language of Excel, and LibreOffice's Err:502
    [GeneratedRegex(@"^\s*(#[\p{Lu}/0-9]{1,12}[!?]|#N/[AVD]|#NV|Err:[0-9]{3})\s*$")]
    private static partial Regex SpreadsheetError();
}
