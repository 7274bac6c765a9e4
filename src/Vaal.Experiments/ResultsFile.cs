using System.Text;
using System.Text.Json;
using Vaal.Data.Labels;

namespace Vaal.Experiments;

/// <summary>
/// Rows of results in <c>results.csv</c> and <c>results.json</c>, the same in both: a column for each property of the
/// row, in camelCase. The two are replaced whole, never written in part; numbers read back as they were, NaN is empty.
/// </summary>
public static class ResultsFile
{
    public const string CsvName = "results.csv", JsonName = "results.json";

    /// <param name="folder">made if it is missing</param>
    /// <typeparam name="T">a record of numbers, text and the like</typeparam>
    public static void Write<T>(string folder, IEnumerable<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        JsonElement[] elements = [.. rows.Select(row => JsonSerializer.SerializeToElement(row, Json.Options))];
        var columns = Json.Options.GetTypeInfo(typeof(T)).Properties.Select(p => p.Name).ToArray();
        var csv = new StringBuilder().AppendJoin(',', columns.Select(CsvText.Quote)).Append('\n');
        foreach (var row in elements) csv.AppendJoin(',', columns.Select(c => Cell(row.GetProperty(c)))).Append('\n');
        var json = elements.Length == 0 ? "[]\n" : $"[\n{string.Join(",\n", elements.Select(e => JsonSerializer.Serialize(e, Json.Options)))}\n]\n";
        AtomicFile.WriteAllText(Path.Combine(folder, CsvName), csv.ToString());
        AtomicFile.WriteAllText(Path.Combine(folder, JsonName), json);
    }

    /// <summary>Reads <c>results.json</c> back.</summary>
    /// <exception cref="InputException">it is missing or damaged</exception>
    public static IReadOnlyList<T> Read<T>(string folder)
    {
        var path = Path.Combine(folder, JsonName);
        if (!File.Exists(path)) throw new InputException($"no {JsonName} in {folder}; the folder of a finished run was wanted");
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize<T[]>(file, Json.Options) ?? throw new InputException($"{path} holds null; a list of rows was wanted");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is damaged or of another kind (line {e.LineNumber + 1}); run again to write it anew", e);
        }
    }

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => CsvText.Quote(value.GetString()),
        _ => CsvText.Quote(value.GetRawText()),
    };
}
