using System.Globalization;
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

    /// <summary>Line breaks of one row; a quote that is open for longer is a mistake.</summary>
    private const int MostBreaks = 100;

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
        foreach (var (number, cells, problem) in TextRows(lines, delimiter, names.Length))
        {
            // what is wrong with a line leaves no name to use
            var whole = problem is null && cells.Length == names.Length;
            var found = whole ? cells[location] : "";
            var of = whole && label >= 0 && cells[label].Length > 0 ? cells[label] : null;
            yield return (new(found, of), $"line {number}");
        }
    }

    // below the header; a cell in quotes may have line breaks
    private static IEnumerable<(int Line, string[] Cells, string? Problem)> TextRows(
        StreamReader lines, char delimiter, int columns)
    {
        var ahead = new Queue<string>();
        string? Next() => ahead.TryDequeue(out var line) ? line : lines.ReadLine();
        for (var number = 2; Next() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var (more, text) = (new List<string>(), line);
            var (_, cells, problem) = CsvText.Rows(line, delimiter).First();
            while (problem == CsvText.Unclosed && more.Count < MostBreaks && Next() is { } next)
            {
                more.Add(next);
                text += "\n" + next;
                (_, cells, problem) = CsvText.Rows(text, delimiter).First();
            }
            // a quote that its row does not close costs its own line, not those below
            if (more.Count > 0 && (problem is not null || cells.Length != columns))
            {
                ahead = new(more.Concat(ahead));
                more.Clear();
                problem = CsvText.Unclosed;
            }
            yield return (number, cells, problem);
            number += more.Count;
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
            foreach (var field in new[] { location, label }.OfType<DataField>().Where(f => !IsReadable(f)))
                throw new InputException("expected text or whole numbers in column "
                    + $"{Text.Quote(field.Name)} of {name}, found {(field.IsArray ? "lists of " : "")}"
                    + $"{field.ClrType.Name}; save the column as text");
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
            string?[] Read(DataField field) => Column(group, field).GetAwaiter().GetResult();
            return (Read(location), label is null ? null : Read(label));
        });

    private static bool IsReadable(DataField field) => !field.IsArray && (field.ClrType == typeof(string)
        || field.ClrType == typeof(ReadOnlyMemory<char>) || Type.GetTypeCode(field.ClrType)
            is TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32
            or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64);

    private static async Task<string?[]> Column(ParquetRowGroupReader group, DataField field) =>
        Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.SByte => await Numbers<sbyte>(group, field),
            TypeCode.Byte => await Numbers<byte>(group, field),
            TypeCode.Int16 => await Numbers<short>(group, field),
            TypeCode.UInt16 => await Numbers<ushort>(group, field),
            TypeCode.Int32 => await Numbers<int>(group, field),
            TypeCode.UInt32 => await Numbers<uint>(group, field),
            TypeCode.Int64 => await Numbers<long>(group, field),
            TypeCode.UInt64 => await Numbers<ulong>(group, field),
            _ => await Texts(group, field),
        };

    private static async Task<string?[]> Texts(ParquetRowGroupReader group, DataField field)
    {
        var texts = new string?[checked((int)group.RowCount)];
        await group.ReadAsync(field, texts.AsMemory()!, null, default);
        return texts;
    }

    private static async Task<string?[]> Numbers<T>(ParquetRowGroupReader group, DataField field)
        where T : unmanaged, IFormattable
    {
        var count = checked((int)group.RowCount);
        if (field.IsNullable)
        {
            var some = new T?[count];
            await group.ReadAsync<T>(field, some.AsMemory(), null, default);
            return [.. some.Select(n => n?.ToString(null, CultureInfo.InvariantCulture))];
        }
        var all = new T[count];
        await group.ReadAsync<T>(field, all.AsMemory(), null, default);
        return [.. all.Select(n => n.ToString(null, CultureInfo.InvariantCulture))];
    }

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
