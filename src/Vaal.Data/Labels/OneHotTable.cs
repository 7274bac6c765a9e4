using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// A table with one column per class, and 1 where an image has it: Roboflow's <c>_classes.csv</c> in each folder, and
/// tables of competitions. An image with one 1 is of that class, one with none shows none of them, one with several is
/// listed, unless the workspace takes several.
/// </summary>
internal static class OneHotTable
{
    // as Roboflow calls it: then one class is enough to tell the table
    private const string Image = "filename";

    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = FilesIn(path);
        if (files.Count == 0)
            throw new InputException(
                $"'{path}' has no column per class; expected a first line such as 'filename,cat,dog'");
        foreach (var file in files) Read(CsvTable.Open(file, context), file, log);
        return log.Result;
    }

    /// <summary>The table, in Roboflow's form. The cells of an image without a class are blank.</summary>
    public static void Write(ExportRequest request, string path)
    {
        var classes = request.AllClasses;
        var text = new StringBuilder(CsvText.Line([Image, .. classes.Select(Csv.Guard)]));
        foreach (var row in request.Rows)
        {
            var has = row.Classes ?? (row.Class is { } one ? [one] : row.Nothing ? [] : null);
            text.Append(CsvText.Line([Csv.Guard(row.Image),
                .. classes.Select(c => has is null ? null : has.Contains(c) ? "1" : "0")]));
        }
        var table = CsvTable.Of(Path.GetFileName(path), text.ToString());
        if (Unfit(classes, table) is { Length: > 0 } unfit)
            throw new InputException("expected classes whose names can head the columns of a table, found "
                + $"{ClassSet.Words([.. unfit.Take(10)])}; export as csv");
        AtomicFile.Create(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Classes that cannot head a column; all of them where only together they cannot.</summary>
    private static string[] Unfit(IReadOnlyList<string> classes, CsvTable table)
    {
        if (classes.Count == 0 || !classes.Any(IsImage) && HeaderFits(table)
            && table.First.Skip(1).SequenceEqual(classes)) return [];
        string[] unfit = [.. classes.Where(c => !CanHead(c))];
        return unfit.Length > 0 ? unfit : [.. classes];
    }

    private static bool CanHead(string name) => !IsImage(name)
        && CsvTable.Of("", CsvText.Line([Image, Csv.Guard(name)])) is var alone
        && HeaderFits(alone) && alone.First[1] == name;

    private static bool IsImage(string name) => name.Trim().Equals(Image, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, null, f =>
        (File.Exists(path) || Path.GetFileName(f) == RoboflowMasks.Classes) && CsvTable.Peek(f) is { } table
            && Fits(table));

    private static void Read(CsvTable table, string file, ImportLog log)
    {
        log.Beside(file);
        foreach (var row in table.Body())
            log.Entry(row.Where, () =>
            {
                if (row.Problem is not null) throw new MalformedEntryException(row.Problem);
                if (IsBlank(row)) return;
                var image = log.ImageOf(row, 0);
                var classes = table.First.Index().Skip(1).Where(c => Given(row, c.Index)).Select(c => c.Item.Trim());
                log.Add(new Annotation(image, null, [], null, null, row.Where), classes);
            });
    }

    private static bool Given(CsvRow row, int column) => Text.Number(row[column], $"column {column + 1}") switch
    {
        0 => false,
        1 => true,
        _ => throw new MalformedEntryException($"column {column + 1} is {Text.Quote(row[column]!)}; expected 0 or 1"),
    };

    // nobody has filled it in
    private static bool IsBlank(CsvRow row) => row.Cells.Skip(1).All(string.IsNullOrWhiteSpace);

    /// <summary>
    /// The image first, then nothing but zeros and ones, of which the first line of numbers is looked at.
    /// </summary>
    private static bool Fits(CsvTable table) => HeaderFits(table)
        && table.Rows().Skip(1).FirstOrDefault(r => !IsBlank(r)) is { Problem: null } row
        && row.Cells.Length == table.First.Length && row.Cells.Skip(1).All(c => Text.TryNumber(c) is 0 or 1);

    private static bool HeaderFits(CsvTable table)
        => (table.First.Length > 2 || table.First is [Image, _])
            && Csv.ImageColumn(table) == 0 && Csv.LabelColumn(table) < 0
            // numbers are the names of classes where the first column is called as Roboflow calls it
            && table.First.Skip(1).All(c => c.Trim().Length > 0
                && (table.First[0] == Image || Text.TryNumber(c) is null));
}
