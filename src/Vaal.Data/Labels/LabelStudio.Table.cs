using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vaal.Data.Labels;

internal static partial class LabelStudio
{
    private static readonly string[] _ends =
        ["annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"];
    private static readonly string[] _choiceColumns = ["label", "choice", "class", "category"];

    private static readonly JsonDocumentOptions _ofCells = new() { MaxDepth = 128 };

    private static bool Fits(CsvTable table)
        => table.HasColumns("annotation_id") || table.HasColumns("id", "annotator", "lead_time");

    /// <summary>One row per task: its data and id, then one column per control, whose cells hold a choice or
    /// JSON.</summary>
    private static void ReadTable(string file, ImportLog log)
    {
        log.Beside(file);
        var table = CsvTable.Open(file, log.Context);
        if (!Fits(table))
            throw new InputException($"{table.Name} is not a Label Studio export: it has no column 'annotation_id'");
        var controls = Controls(table);
        var choices = ChoicesIn(table, controls);
        foreach (var row in table.Body())
            log.Entry(row.Where, () =>
            {
                if (row.Problem is not null) throw new MalformedEntryException(row.Problem);
                // a cell may be as deep as any file, and lies one level down
                using var task = JsonDocument.Parse(Task(table, row, controls).ToJsonString(), _ofCells);
                ReadMin(task.RootElement, choices, row.Where, log);
            });
    }

    private static string? ChoicesIn(CsvTable table, int[] controls)
    {
        var (texts, filled, sure) = (new HashSet<int>(), new HashSet<int>(), new HashSet<int>());
        foreach (var row in table.Body())
            foreach (var i in controls)
            {
                if (row[i] is not { } cell) continue;
                filled.Add(i);
                if (cell.StartsWith("{\"choices\"", StringComparison.Ordinal)) sure.Add(i);
                if (!IsJson(cell) && Text.TryNumber(cell) is null
                    || cell.StartsWith('[') && ClassSet.ListOf(cell) is { Length: > 0 }) texts.Add(i);
            }
        // a control called so is one of choices, though nobody has chosen anything yet
        texts.UnionWith(controls.Where(i => !filled.Contains(i)
            && _choiceColumns.Contains(NameOf(i).ToLowerInvariant())));
        return sure.Count == 1 ? NameOf(sure.Single()) : OnlyChoices(texts.Select(NameOf), table.Name);

        string NameOf(int column) => table.First[column].Trim();
    }

    /// <summary>The row in the form of JSON-MIN.</summary>
    private static JsonObject Task(CsvTable table, CsvRow row, int[] controls)
    {
        var task = new JsonObject();
        var (id, ends) = (table.Column("id"), table.First.Select(c => _ends.Contains(c.Trim().ToLowerInvariant()))
            .ToArray());
        for (var i = 0; i < table.First.Length; i++)
            if (i != id && !ends[i] && !controls.Contains(i) && row[i] is { } text) task[table.First[i].Trim()] = text;
        task["id"] = row[id] ?? row.Where;
        foreach (var i in controls)
            if (row[i] is { } text) task[table.First[i].Trim()] = Value(text);
        foreach (var name in _ends)
            if (row[table.Column(name)] is { } text) task[name] = text;
        return task;
    }

    /// <summary>
    /// The columns between the id and the annotator. Some versions sort all columns by name: there, those of which a
    /// cell holds JSON, and those that are called label, choice, class or category.
    /// </summary>
    private static int[] Controls(CsvTable table)
    {
        int[] ends = [.. _ends.Select(n => table.Column(n)).Where(i => i >= 0)];
        var (id, end) = (table.Column("id"), ends.Min());
        if (id >= 0 && id < end) return [.. Enumerable.Range(id + 1, end - id - 1)];
        var json = table.Body().SelectMany(r => r.Cells.Index().Where(c => IsJson(c.Item)).Select(c => c.Index))
            .ToHashSet();
        return
        [
            .. Enumerable.Range(0, table.First.Length).Where(i => i != id && !ends.Contains(i)
                && (json.Contains(i) || _choiceColumns.Contains(table.First[i].Trim().ToLowerInvariant()))),
        ];
    }

    private static bool IsJson(string cell) => cell.StartsWith('{') || cell.StartsWith('[');

    private static JsonNode? Value(string text)
    {
        if (!IsJson(text)) return JsonValue.Create(text);
        return Sources.JsonProblem(System.Text.Encoding.UTF8.GetBytes(text)) is { } problem
            ? throw new MalformedEntryException($"{Text.Quote(text)} {problem}") : JsonNode.Parse(text);
    }
}
