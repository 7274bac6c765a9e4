using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

/// <summary>
/// Open Images: tables of boxes in fractions of the image, or of classes of whole images, of which those with
/// confidence 0 say what is not there. Names of classes come from <c>*class-descriptions*.csv</c> beside the table or a
/// folder above, or from <c>metadata/classes.csv</c> as FiftyOne writes it; a code without a name is refused.
/// </summary>
internal static partial class OpenImages
{
    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0)
            throw new InputException(
                $"'{path}' holds no table of Open Images; expected the columns ImageID and LabelName");
        foreach (var file in files)
        {
            log.Beside(file);
            var table = CsvTable.Open(file, context);
            var names = NamesFor(file, context);
            if (table.HasColumns("XMin", "XMax", "YMin", "YMax")) ReadBoxes(table, names, log);
            // the table of masks has a class for each mask
            else if (table.First.FirstOrDefault(c => c.Trim() == "MaskPath" || CsvBoxes.IsPlace(c)) is { } place)
                throw new InputException($"{table.Name} has shapes in a layout that is not read (column "
                    + $"{Text.Quote(place.Trim())}); give the table of boxes, with XMin, XMax, YMin and YMax, or that "
                    + "of classes");
            else ReadClasses(table, names, log);
        }
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, "annotations", f =>
        CsvTable.Peek(f) is { } table && table.HasColumns("ImageID", "LabelName") && !table.HasColumns("DisplayName"));

    private static void ReadBoxes(CsvTable table, Dictionary<string, string> names, ImportLog log)
    {
        var (id, label) = (table.Column("ImageID"), table.Column("LabelName"));
        int[] sides = [table.Column("XMin"), table.Column("XMax"), table.Column("YMin"), table.Column("YMax")];
        var (group, groups) = (table.Column("IsGroupOf"), 0);
        foreach (var rows in table.Body().GroupBy(r => r[id] ?? ""))
        {
            var where = rows.First().Where;
            log.Entry(where, () =>
            {
                var size = log.RequiredSizeOf(rows.Key);
                log.Add(new Annotation(rows.Key, null,
                    [.. rows.Select(r => BoxOf(r, label, sides, names, size, where))], null, null, where));
                groups += rows.Count(r => Text.TryNumber(r[group]) == 1);
            });
        }
        if (groups > 0)
            log.Note(table.Name, $"{Counted.Of(groups, "region is", "regions are")} marked as a group; the mark is not "
                + "read, the shape is");
    }

    private static Shape BoxOf(CsvRow row, int label, int[] sides, Dictionary<string, string> names,
        (int Width, int Height) size, string first)
    {
        var at = row.After(first);
        if (row.Problem is not null) throw new MalformedEntryException(at + row.Problem);
        var v = Array.ConvertAll(sides, s => Text.Number(row[s], $"{at}a side"));
        if (v.Any(x => x is < -Geometry.Slack or > 1 + Geometry.Slack))
            throw new MalformedEntryException($"{at}a side is not between 0 and 1");
        return new Box(NameOf(row[label], names), v[0] * size.Width, v[2] * size.Height, (v[1] - v[0]) * size.Width,
            (v[3] - v[2]) * size.Height);
    }

    private static void ReadClasses(CsvTable table, Dictionary<string, string> names, ImportLog log)
    {
        var (id, label, confidence) = (table.Column("ImageID"), table.Column("LabelName"), table.Column("Confidence"));
        foreach (var rows in table.Body().GroupBy(r => r[id] ?? ""))
        {
            var where = rows.First().Where;
            log.Entry(where, () =>
            {
                if (rows.FirstOrDefault(r => r.Problem is not null) is { } bad)
                    throw new MalformedEntryException(bad.After(where) + bad.Problem);
                string[] there = [.. rows.Where(r => confidence < 0
                    || Text.Number(r[confidence], "the confidence") >= 0.5).Select(r => NameOf(r[label], names))];
                if (there.Length > 0 || log.Context.MultiLabel)
                    log.Add(new Annotation(rows.Key, null, [], null, null, where), there);
            });
        }
    }

    private static string NameOf(string? label, Dictionary<string, string> names)
    {
        var code = label?.Trim() ?? throw new MalformedEntryException("has no LabelName");
        if (names.TryGetValue(code, out var name)) return name;
        return !Code().IsMatch(code) ? code : throw new MalformedEntryException(
            $"{Text.Quote(code)} is a code, and no class-descriptions file names its class; put the file of "
                + "Open Images beside the table");
    }

    private static Dictionary<string, string> NamesFor(string file, ImportContext context)
    {
        var names = new Dictionary<string, string>();
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string[] folders = [folder, Path.GetDirectoryName(folder) ?? folder];
        // the classes of boxes, and all classes
        var described = folders.Select(d => Directory.EnumerateFiles(d, "*class-descriptions*.csv")
            .Order(StringComparer.Ordinal).ToArray()).FirstOrDefault(f => f.Length > 0)
            ?? [.. folders.Select(d => Path.Combine(d, "metadata", "classes.csv")).Where(File.Exists).Take(1)];
        foreach (var one in described)
            foreach (var row in CsvTable.Open(one, context).Body(header: false))
                if (row.Problem is not null)
                    throw new InputException($"{Path.GetFileName(one)} {row.Where}: {row.Problem}");
                else if (row[0] is { } id && row[1] is { } name && !names.TryAdd(id.Trim(), name.Trim())
                    && names[id.Trim()] != name.Trim())
                    throw new InputException($"{Path.GetFileName(one)} {row.Where}: {Text.Quote(id)} has two names");
        return names;
    }

    /// <summary>A machine identifier of Freebase or Google's knowledge graph.</summary>
    [GeneratedRegex("^/[mgt]/[0-9a-z_]+$")] private static partial Regex Code();
}
