using System.Globalization;
using System.Text.Json;
using LabelText = Vaal.Data.Labels.Text;

namespace Vaal.Workspaces;

/// <summary>Entries of the ledger as sentences.</summary>
internal static class LedgerWords
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>What an action or a part of one did. An entry of a kind that is not known here is given as its
    /// JSON.</summary>
    public static string Of(LedgerEntry entry)
    {
        using var json = JsonDocument.Parse(entry.Change);
        if (json.RootElement.ValueKind != JsonValueKind.Object) return $"{entry.What} {entry.Change}";
        var change = new Fields(json.RootElement);
        return entry.Action is null ? Action(entry, change) : Part(entry, change);
    }

    /// <summary>Who did it; null where the ledger does not say.</summary>
    public static string? Who(LedgerEntry entry)
    {
        using var json = JsonDocument.Parse(entry.Change);
        return json.RootElement.ValueKind == JsonValueKind.Object ? new Fields(json.RootElement).Text("by") : null;
    }

    private static string Action(LedgerEntry entry, Fields c) => entry.What switch
    {
        "init" => $"indexed {c.Count("images", "image")}{Indexed(c)}",
        "import" => $"imported labels from {c.Text("from")}{Taken(c)}",
        "folders" => $"read classes from the folders or the table of {c.Text("from")}{Taken(c)}",
        "label" when c.Number("images") is > 1 => $"labelled {c.Count("images", "image")} ({c.Text("from")})",
        "label" => $"labelled an image ({c.Text("from")})",
        "classes" => Classes(c),
        "settings" => $"changed the settings of the page to {c.Text("after")}",
        "annotator" => c.Text("how") == "remove" ? $"removed annotator {c.Text("name")}"
            : $"added annotator {c.Text("name")} ({c.Text("role")})",
        "round" => $"chose {c.Count("picks", "image")} with {c.Text("strategy")} "
            + $"(round {c.Text("round")}, seed {c.Text("seed")})",
        "train" => $"trained a task model on {c.Count("labels", "label")}: {Score(c)}",
        "undo" when c.Text("what") == "round" => $"took #{c.Text("undoes")} back (round {c.Text("round")}): "
            + $"{c.Count("picks", "image")} not chosen any more",
        "undo" => $"took #{c.Text("undoes")} back ({c.Text("what")}): {c.Count("removed", "label")} removed, "
            + $"{c.Text("restored")} restored",
        _ => $"{entry.What} {entry.Change}",
    };

    private static string Part(LedgerEntry entry, Fields c) => entry.What switch
    {
        "label" => $"{entry.Path}: {Label(c)}",
        "vote" => $"{entry.Path}: a blind label came, changed or went",
        "mark" => $"{entry.Path}: {c.Text("after") ?? "no mark"}{(c.Text("before") is { Length: > 0 } was
            ? $" (was {was})" : "")}",
        "moved" => $"{c.Text("from")}: renamed to {c.Text("to")}",
        "changed" => $"{entry.Path}: the file changed",
        "removed" => $"{entry.Path}: the file is gone",
        "back" => $"{entry.Path}: the file is back",
        _ => $"{entry.What} {entry.Path} {entry.Change}",
    };

    private static string Label(Fields c) => (c.Label("before"), c.Label("after")) switch
    {
        (null, { } now) => $"{now.Describe()}, by {now.Who}",
        ({ } was, null) => $"no label (was {was.Describe()})",
        ({ } was, { } now) => $"{now.Describe()}, by {now.Who} (was {was.Describe()})",
        _ => "no label",
    };

    private static string Classes(Fields c) => c.Text("how") switch
    {
        "add" => $"declared {c.Names("to")}",
        "declare" => c.Names("to") is { Length: > 0 } names ? $"declared {names} and no other"
            : "declared no class: any is accepted",
        "color" => $"gave class {c.Names("from")} the colour {c.Text("value") ?? "of the page's choice"}",
        "key" => $"gave class {c.Names("from")} the key {c.Text("value") ?? "of the page's choice"}",
        "rename" => $"renamed class {c.Names("from")} to {c.Names("to")} in {c.Count("images", "label")}",
        "merge" => $"merged {c.Names("from")} into {c.Names("to")} in {c.Count("images", "label")}",
        var how => $"changed the classes ({how})",
    };

    private static string Score(Fields c) =>
        c.Number("correct") is { } correct && c.Number("tests") is { } tests and > 0
        ? string.Create(Invariant, $"{correct:0} of {tests:0} test images right ({100 * correct / tests:0.0}%)")
        : c.Number("meanAp") is { } ap
        ? string.Create(Invariant, $"mean AP {100 * ap:0.0}% on {c.Count("tests", "test image")}")
        : string.Create(Invariant, $"mean IoU {100 * c.Number("meanIou"):0.0}% on {c.Count("tests", "test image")}");

    private static string Indexed(Fields c) => Some(c, ("added", "new"), ("changed", "changed"), ("moved", "renamed"),
        ("removed", "removed"), ("back", "back again"), ("test", "in the test set"));

    private static string Taken(Fields c) =>
        Some(c, ("added", "added"), ("completed", "completed"), ("replaced", "replaced"), ("leftOut", "left out"));

    private static string Some(Fields c, params (string Field, string What)[] parts)
    {
        string[] some = [.. parts.Where(p => c.Number(p.Field) > 0)
            .Select(p => $"{c.Number(p.Field)?.ToString("N0", Invariant)} {p.What}")];
        return some.Length == 0 ? "" : ": " + string.Join(", ", some);
    }

    private readonly struct Fields(JsonElement json)
    {
        public string? Text(string name) => json.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.ToString() : null;

        public double? Number(string name) =>
            json.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

        public string Count(string name, string what) => Number(name) is { } n
            ? string.Create(Invariant, $"{n:N0} {what}{(n == 1 ? "" : "s")}") : $"{what}s";

        public string Names(string name) =>
            json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? string.Join(", ", list.EnumerateArray().Select(n => LabelText.Quote(n.ToString()))) : "";

        public LabelRow? Label(string name) =>
            json.TryGetProperty(name, out var value) ? LabelRow.OfJson(value, 0) : null;
    }
}
