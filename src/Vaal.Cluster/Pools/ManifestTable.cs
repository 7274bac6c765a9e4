using Parquet;
using Parquet.Schema;
using Vaal.Data.Labels;

namespace Vaal.Cluster.Pools;

/// <summary>A table of images, read in bounded memory: a column <c>path</c> or <c>url</c>, and <c>label</c> if there is
/// one.</summary>
internal static class ManifestTable
{
    private static readonly string[] Locations = ["path", "url", "image", "file", "filename", "file_name"];
    private static readonly string[] Labels = ["label", "class", "category"];

    /// <exception cref="InputException">it is no such table</exception>
    public static IEnumerable<(PoolEntry Entry, string Where)> Rows(string path) =>
        ParquetTable.Recognises(path) ? OfParquet(path) : OfText(path);

    private static IEnumerable<(PoolEntry, string)> OfText(string path)
    {
        var name = Path.GetFileName(path);
        using var lines = new StreamReader(path);
        var header = lines.ReadLine()
            ?? throw new InputException($"{name} is empty; expected a table with a column 'path'");
        var delimiter = ",;\t|".MaxBy(d => header.Count(c => c == d));
        string[] names = [.. CsvText.Rows(header, delimiter).First().Cells.Select(c => c.Trim('\uFEFF', ' '))];
        var (location, label) = (ColumnOf(names, Locations), ColumnOf(names, Labels));
        if (location < 0) throw new InputException(
            $"{name} has no column 'path' or 'url' (found: {string.Join(", ", names.Take(20).Select(Text.Quote))})");
        for (var number = 2; lines.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var (_, cells, problem) = CsvText.Rows(line, delimiter).First();
            // what is wrong with a line leaves no name to use
            var whole = problem is null && cells.Length == names.Length;
            var found = whole ? cells[location] : "";
            var of = whole && label >= 0 && cells[label].Length > 0 ? cells[label] : null;
            yield return (new(found, of), $"line {number}");
        }
    }

    private static IEnumerable<(PoolEntry, string)> OfParquet(string path)
    {
        var name = Path.GetFileName(path);
        using var file = RegularFile.OpenRead(path);
        var reader = Opened(file, name);
        try
        {
            var fields = reader.Schema.DataFields;
            DataField? Field(string[] names) => ColumnOf([.. fields.Select(f => f.Name)], names) is var at and >= 0
                ? fields[at] : null;
            var location = Field(Locations) ?? throw new InputException($"{name} has no column 'path' or 'url' "
                + $"(found: {string.Join(", ", fields.Take(20).Select(f => Text.Quote(f.Name)))})");
            var label = Field(Labels);
            var row = 0;
            for (var group = 0; group < reader.RowGroupCount; group++)
            {
                var (locations, labels) = Group(reader, group, location, label, name);
                for (var i = 0; i < locations.Length; i++)
                {
                    row++;
                    var of = labels?[i];
                    yield return (new(locations[i] ?? "", string.IsNullOrWhiteSpace(of) ? null : of), $"row {row}");
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static ParquetReader Opened(FileStream file, string name) => Guarded(name, () =>
        ParquetReader.CreateAsync(file).GetAwaiter().GetResult());

    private static (string?[] Locations, string?[]? Labels) Group(ParquetReader reader, int number, DataField location,
        DataField? label, string name) => Guarded(name, () =>
        {
            using var group = reader.OpenRowGroupReader(number);
            string?[] Read(DataField field)
            {
                var texts = new string?[checked((int)group.RowCount)];
                group.ReadAsync(field, texts.AsMemory()!, null, default).AsTask().GetAwaiter().GetResult();
                return texts;
            }
            return (Read(location), label is null ? null : Read(label));
        });

    // a damaged file may break the parser anywhere
    private static T Guarded<T>(string name, Func<T> read)
    {
        try { return read(); }
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException($"{name} is not a whole Parquet file with text in its columns: {e.Message}", e);
        }
    }

    private static int ColumnOf(string[] columns, string[] names) => names
        .Select(n => Array.FindIndex(columns, c => c.Equals(n, StringComparison.OrdinalIgnoreCase)))
        .FirstOrDefault(c => c >= 0, -1);
}
