using System.Globalization;
using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// A table with a column for the image and one for its class. Comma, semicolon, tab or bar between cells; the first
/// line may name the columns, else the first is the image and the second the class. A row without a class is not labelled.
/// </summary>
internal static class Csv
{
    private static readonly string[] Images = ["path", "image", "file", "filename", "file_name", "image_path", "filepath", "img", "name"];
    private static readonly string[] Labels = ["label", "class", "category", "choice", "labels", "class_name", "target"];
    private static readonly string[] Annotators = ["annotator", "who", "completed_by", "user"];
    private static readonly string[] Times = ["when", "updated_at", "created_at", "date"];
    private static readonly string[] Header = ["path", "label", "rank", "score", "reason", "pre_label"];

    private sealed record Columns(int Image, int Label, int Annotator, int When);

    public static bool Recognises(string path)
        => File.Exists(path) && (Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv"
            || Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase) && LooksLikeTable(path));

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        Columns? columns = null;
        foreach (var (line, cells, problem) in Rows(path, context))
        {
            if (columns is null)
            {
                (columns, var header) = ColumnsOf(cells, path);
                if (header && columns.Label < 0)
                    throw new InputException($"{Path.GetFileName(path)} has no column for the class; name one '{Labels[0]}' (found: {string.Join(", ", cells.Take(20).Select(Text.Quote))})");
                if (header) continue;
            }
            log.Entry($"line {line}", () =>
            {
                if (problem is not null) throw new MalformedEntryException(problem);
                if (Cell(cells, columns.Label) is not { } label)
                {
                    if (cells.Length <= columns.Label && cells.Length > 1) throw new MalformedEntryException($"has {cells.Length} cells; the class is expected in cell {columns.Label + 1}");
                    return;
                }
                log.Add(new Annotation(Cell(cells, columns.Image) ?? "", label, [], Cell(cells, columns.Annotator),
                    Text.Time(Cell(cells, columns.When)), $"line {line}"));
            });
        }
        return log.Result;
    }

    /// <summary>The image column of a table, with the class where there is one.</summary>
    public static IEnumerable<(string Image, string? Class, string Where)> Manifest(string path, ImportContext context)
    {
        Columns? columns = null;
        foreach (var (line, cells, problem) in Rows(path, context))
        {
            if (problem is not null) throw new InputException($"{Path.GetFileName(path)} line {line}: {problem}");
            if (columns is null)
            {
                (columns, var header) = ColumnsOf(cells, path);
                if (header) continue;
            }
            if (Cell(cells, columns.Image) is { } image) yield return (image, Cell(cells, columns.Label), $"line {line}");
        }
    }

    /// <summary>The table; a line a region, with its place, where there are regions.</summary>
    public static void Write(ExportRequest request, string path) => AtomicFile.Create(path, stream =>
    {
        var lines = TableLine.Of(request.Rows);
        var places = lines.Any(l => l.Place is not null);
        WriteLines(stream, places ? [.. Header, "place"] : Header, lines.Select(l => places ? Cells(l).Append(Guard(l.Place)) : Cells(l)));
    });

    /// <summary>The index of an exported folder: the table, and what file an image became.</summary>
    public static void WriteIndex(Stream stream, IReadOnlyList<ExportRow> rows, IReadOnlyList<string> files) =>
        WriteLines(stream, [.. Header, "file"], rows.Zip(files, (row, file) => Cells(new TableLine(row, row.Rank, row.Score, row.Reason, null)).Append(Guard(file))));

    private static void WriteLines(Stream stream, string[] header, IEnumerable<IEnumerable<string?>> lines)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        writer.Write(CsvText.Line(header));
        foreach (var line in lines) writer.Write(CsvText.Line([.. line]));
    }

    private static IEnumerable<string?> Cells(TableLine line) =>
    [
        Guard(line.Row.Image), Guard(line.Row.Class), line.Rank?.ToString(CultureInfo.InvariantCulture), line.Score is { } s ? Text.Of(s) : null, Guard(line.Reason), Guard(line.Row.PreLabel),
    ];

    /// <summary>Which image each file of an exported folder is, by the folder's index; empty where it has none.</summary>
    public static Dictionary<string, string> Index(string folder, ImportContext context)
    {
        var images = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var path = Path.Combine(folder, ExportFolder.Index);
        if (!File.Exists(path)) return images;
        var (image, file) = (-1, -1);
        foreach (var (_, cells, _) in Rows(path, context))
        {
            if (image < 0) (image, file) = (Array.IndexOf(cells, "path"), Array.IndexOf(cells, "file"));
            else if (Cell(cells, image) is { } from && Cell(cells, file) is { } to) images[to] = from;
            if (image < 0 || file < 0) break;
        }
        return images;
    }

    /// <summary>The same by the files' names without their endings, for files that lie beside the pictures.</summary>
    public static Dictionary<string, string> IndexByStem(string folder, ImportContext context)
    {
        var images = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (file, image) in Index(folder, context)) images[Path.GetFileNameWithoutExtension(file)] = image;
        return images;
    }

    /// <summary>A spreadsheet would run a cell that begins like a formula: an apostrophe before it keeps it text.
    /// A cell that has apostrophes there already gets one more, so that taking one away always gives the cell back.</summary>
    internal static string? Guard(string? cell) => cell is not null && FormulaLike(cell) ? "'" + cell : cell;

    internal static string Unguard(string cell) => cell.StartsWith('\'') && FormulaLike(cell) ? cell[1..] : cell;

    private static bool FormulaLike(string cell)
    {
        var start = cell.AsSpan().TrimStart('\'');
        return start.Length > 0 && start[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
    }

    private static string? Cell(string[] cells, int column)
        => column >= 0 && column < cells.Length ? Text.NullIfEmpty(cells[column]) : null;

    private static (Columns Columns, bool Header) ColumnsOf(string[] cells, string path)
    {
        int Column(string[] names) => names.Select(n => Array.FindIndex(cells, c => c.Trim().Equals(n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(i => i >= 0, -1);
        if (Column(Images) is var image and >= 0) return (new Columns(image, Column(Labels), Column(Annotators), Column(Times)), true);
        if (cells.Length > 0 && Sources.IsPicture(cells[0].Trim())) return (new Columns(0, 1, -1, -1), false);
        throw new InputException($"{Path.GetFileName(path)} has no column for the image; name one '{Images[0]}' (found: {string.Join(", ", cells.Take(20).Select(Text.Quote))})");
    }

    private static IEnumerable<(int Line, string[] Cells, string? Problem)> Rows(string path, ImportContext context)
    {
        var bytes = Sources.Bytes(path, context);
        using var reader = new StreamReader(new MemoryStream(bytes, writable: false), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        var text = reader.ReadToEnd();
        foreach (var (line, cells, problem) in CsvText.Rows(text, Delimiter(text)))
            yield return (line, [.. cells.Select(Unguard)],
                problem ?? (cells.Any(c => c.Contains('\uFFFD')) ? "is not valid UTF-8; save the table as UTF-8" : null));
    }

    /// <summary>Whichever of the usual ones is most frequent in the first line.</summary>
    private static char Delimiter(string text)
    {
        var line = text.AsSpan().TrimStart("\r\n");
        if (line.IndexOfAny('\n', '\r') is var end and >= 0) line = line[..end];
        var best = ',';
        foreach (var delimiter in ";\t|")
            if (line.Count(delimiter) > line.Count(best)) best = delimiter;
        return best;
    }

    private static bool LooksLikeTable(string path)
    {
        var first = Encoding.UTF8.GetString(Sources.Head(path, 4096)).Split('\n', '\r')[0];
        return first.Split(',', ';', '\t') is { Length: > 1 } cells && (Sources.IsPicture(cells[0].Trim()) || Images.Contains(cells[0].Trim().ToLowerInvariant()));
    }
}
