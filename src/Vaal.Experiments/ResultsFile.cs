using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Vaal.Data.Labels;

namespace Vaal.Experiments;

/// <summary>
/// Rows of results in <c>results.csv</c> and <c>results.json</c>, the same in both: a column for each property of the
/// row, in camelCase. The two are replaced whole, never written in part; numbers read back as they were, NaN is empty.
/// </summary>
internal static class ResultsFile
{
    public const string CsvName = "results.csv", JsonName = "results.json";

    /// <param name="folder">made if it is missing</param>
    /// <typeparam name="T">a record of numbers, text and the like</typeparam>
    public static void Write<T>(string folder, IReadOnlyList<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        JsonElement[] elements = [.. rows.Select(row => JsonSerializer.SerializeToElement(row, Json.Options))];
        var columns = Columns(rows).Select(p => p.Name).ToArray();
        var csv = new StringBuilder().AppendJoin(',', columns.Select(CsvText.Quote)).Append('\n');
        foreach (var row in elements)
            csv.AppendJoin(',', columns.Select(c => row.TryGetProperty(c, out var value) ? Cell(value) : ""))
                .Append('\n');
        var lines = string.Join(",\n", elements.Select(e => JsonSerializer.Serialize(e, Json.Options)));
        var json = elements.Length == 0 ? "[]\n" : $"[\n{lines}\n]\n";
        AtomicFile.WriteAllText(Path.Combine(folder, CsvName), csv.ToString());
        AtomicFile.WriteAllText(Path.Combine(folder, JsonName), json);
    }

    /// <summary>A column per property; of one that is not written where it has no value, only if some row has
    /// one.</summary>
    public static IReadOnlyList<JsonPropertyInfo> Columns<T>(IReadOnlyList<T> rows) =>
        [.. Json.Options.GetTypeInfo(typeof(T)).Properties.Where(p =>
            p.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) != true
            || rows.Any(row => p.Get!(row!) is not null))];

    /// <summary>Reads <c>results.json</c> back.</summary>
    /// <exception cref="InputException">it is missing or damaged</exception>
    public static IReadOnlyList<T> Read<T>(string folder)
    {
        var path = Path.Combine(folder, JsonName);
        if (!File.Exists(path))
            throw new InputException($"no {JsonName} in {folder}; expected the folder of a finished run");
        try
        {
            using var file = RegularFile.OpenRead(path);
            return JsonSerializer.Deserialize<T[]>(file, Json.Options) is { } rows && !rows.Any(row => row is null)
                ? rows : throw new InputException($"{path} holds null; expected a list of rows");
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{path} is damaged or of another kind (line {e.LineNumber + 1}); run again to write it again", e);
        }
    }

    /// <summary>Reads a <c>results.csv</c> back. A column that an earlier version lacked has its default.</summary>
    /// <param name="needed">columns without which a row says nothing</param>
    /// <exception cref="InputException">it is missing or damaged</exception>
    public static IReadOnlyList<T> ReadCsv<T>(string path, params IEnumerable<string> needed)
    {
        if (!File.Exists(path)) throw new InputException($"expected rows of results in {path}, found no such file");
        var types = Json.Options.GetTypeInfo(typeof(T)).Properties.ToDictionary(p => p.Name, p => p.PropertyType);
        var lines = CsvText.Rows(RegularFile.ReadAllText(path), ',').ToList();
        string[] columns = lines.Count == 0 ? [] : lines[0].Cells;
        if (needed.FirstOrDefault(name => !columns.Contains(name)) is { } missing)
            throw new InputException($"{path} has no column '{missing}'; expected cells that commas separate, and a "
                + $"first line such as {string.Join(',', needed)}");
        if (columns.CountBy(c => c).FirstOrDefault(c => c.Value > 1).Key is { } twice)
            throw new InputException($"{path} has the column '{twice}' twice; expected it once");
        return [.. lines.Skip(1).Select(Row)];

        T Row((int Line, string[] Cells, string? Problem) line)
        {
            if (line.Problem is { } problem) throw new InputException($"{path} line {line.Line}: {problem}");
            // cut short, a row would have the accuracy 0
            if (line.Cells.Length != columns.Length)
                throw new InputException($"{path} line {line.Line}: expected {Counted.Of(columns.Length, "cell")}, "
                    + $"found {line.Cells.Length}; write the table again");
            var row = new JsonObject();
            foreach (var (column, cell) in columns.Zip(line.Cells))
                if (types.TryGetValue(column, out var type)) row[column] = Value(cell, type, line.Line, column);
            return row.Deserialize<T>(Json.Options)!;
        }

        JsonNode? Value(string cell, Type type, int line, string column)
        {
            if (type == typeof(string)) return cell;
            try
            {
                var value = cell.Length == 0 ? null : JsonNode.Parse(cell);
                _ = value.Deserialize(type, Json.Options);
                return value;
            }
            catch (JsonException e)
            {
                throw new InputException(
                    $"{path} line {line}: expected numbers in the columns of numbers, found '{cell}' in {column}", e);
            }
        }
    }

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => CsvText.Quote(value.GetString()),
        _ => CsvText.Quote(value.GetRawText()),
    };
}
