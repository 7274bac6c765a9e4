using System.Text;
using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>The classes of one image where it may have several, in the order of their letters, as a text.</summary>
internal static class ClassSet
{
    /// <summary>Each once, in the order in which they are kept.</summary>
    public static string[] Of(IEnumerable<string> classes) => [.. classes.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>As a workspace keeps them: equal sets are equal texts.</summary>
    public static string ToJson(IEnumerable<string> classes) => JsonSerializer.Serialize(Of(classes), Json.Options);

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    public static string[] OfJson(string json) => JsonSerializer.Deserialize<string[]>(json, Json.Options)!;

    /// <summary>
    /// As a cell of a table: <c>cat|dog</c>, or a JSON list where a name holds a separator. <c>[]</c>: none of them.
    /// </summary>
    public static string ToCell(IEnumerable<string> classes)
    {
        var names = Of(classes);
        return names.Length == 0 || names.Any(n => n.IndexOfAny(Text.Separators) >= 0 || n[0] is '[' or '{'
            || n != n.Trim()) ? JsonSerializer.Serialize(names, Json.Options) : string.Join('|', names);
    }

    /// <summary>The classes that a cell names.</summary>
    /// <param name="knows">whether there is a class of that name: then the cell is that class alone</param>
    /// <exception cref="MalformedEntryException">it holds structured text that is no list of names</exception>
    public static string[] OfCell(string cell, Func<string, bool> knows)
    {
        var text = cell.Trim();
        if (knows(text)) return [text];
        if (!text.StartsWith('[') && !text.StartsWith('{')) return Of(Text.Classes(text));
        return ListOf(text) ?? throw new MalformedEntryException(
            $"the classes are {Text.Quote(text)}; expected names, found structured text");
    }

    /// <summary>In words: <c>'cat' and 'dog'</c>.</summary>
    public static string Words(IReadOnlyList<string> classes) => classes switch
    {
        [] => "none of the classes",
        [var only] => Text.Quote(only),
        _ => $"{string.Join(", ", classes.SkipLast(1).Select(Text.Quote))} and {Text.Quote(classes[^1])}",
    };

    /// <summary>The names in a JSON list, also in the <c>{"choices": [...]}</c> of Label Studio's tables; null: it is
    /// no list of names.</summary>
    public static string[]? ListOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (Sources.JsonProblem(bytes) is not null) return null;
        using var json = Sources.JsonValue(bytes);
        var list = json.RootElement;
        if (list.ValueKind == JsonValueKind.Object && !list.TryGetProperty("choices", out list)) return null;
        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray()
            .All(i => i.ValueKind == JsonValueKind.String && i.GetString() is { Length: > 0 })
            ? Of(list.EnumerateArray().Select(i => i.GetString()!)) : null;
    }
}
