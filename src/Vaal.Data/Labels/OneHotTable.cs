
namespace Vaal.Data.Labels;

/// <summary>
/// A table with one column per class, and 1 where an image has it: Roboflow's <c>_classes.csv</c> in each folder, and
/// tables of competitions. An image with one 1 is of that class, one with none shows none of them, one with several is
/// listed.
/// </summary>
internal static class OneHotTable
{
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
                var image = row[0] ?? "";
                var classes = table.First.Index().Skip(1).Where(c => Given(row, c.Index)).Select(c => c.Item.Trim());
                log.Add(new Annotation(image, Text.OnlyClass(classes, image), [], null, null, row.Where));
            });
    }

    private static bool Given(CsvRow row, int column) => Text.Number(row[column], $"column {column + 1}") switch
    {
        0 => false,
        1 => true,
        _ => throw new MalformedEntryException($"column {column + 1} is {Text.Quote(row[column]!)}; expected 0 or 1"),
    };

    /// <summary>
    /// The image first, then nothing but zeros and ones, of which the first line of numbers is looked at.
    /// </summary>
    private static bool Fits(CsvTable table)
        => table.First.Length > 2 && Csv.ImageColumn(table) == 0 && Csv.LabelColumn(table) < 0
            && table.Rows().Skip(1).FirstOrDefault() is { Problem: null } row && row.Cells.Length == table.First.Length
            && row.Cells.Skip(1).All(c => Text.TryNumber(c) is 0 or 1)
            && table.First.Skip(1).All(c => Text.TryNumber(c) is null && c.Trim().Length > 0);
}
