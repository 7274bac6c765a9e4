using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>Fields of a JSON object as a reader wants them: absent and null are one; a wrong kind is a malformed entry.</summary>
internal static class JsonFields
{
    public static JsonElement? Field(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new MalformedEntryException($"found {Kind(element)} where an object was expected");
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public static JsonElement Required(this JsonElement element, string name)
        => element.Field(name) ?? throw new MalformedEntryException($"has no '{name}'");

    /// <summary>Text, or a number as text: ids and class names may be either.</summary>
    public static string? String(this JsonElement element, string name) => element.Field(name) is { } value ? AsText(value, name) : null;

    public static string AsText(this JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw new MalformedEntryException($"'{name}' is {Kind(value)}; it must be text"),
    };

    public static double AsNumber(this JsonElement value, string name)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number : throw new MalformedEntryException($"'{name}' is {Kind(value)}; it must be a number");

    public static double Number(this JsonElement element, string name) => element.Required(name).AsNumber(name);

    public static long AsWhole(this JsonElement value, string name)
        => value.AsNumber(name) is var number && number == Math.Floor(number) && Math.Abs(number) < 1e15
            ? (long)number : throw new MalformedEntryException($"'{name}' is {Text.Quote(value.GetRawText())}; it must be a whole number");

    public static byte? TryByte(this JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetByte(out var number) ? number : null;

    public static int Side(this JsonElement element, string name)
        => element.Required(name).AsWhole(name) is > 0 and <= int.MaxValue and var side
            ? (int)side : throw new MalformedEntryException($"'{name}' is not a size in pixels");

    public static JsonElement.ArrayEnumerator AsItems(this JsonElement value, string name)
        => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw new MalformedEntryException($"'{name}' is {Kind(value)}; it must be a list");

    public static JsonElement.ArrayEnumerator Items(this JsonElement element, string name)
        => element.Field(name) is { } value ? value.AsItems(name) : default;

    public static double[] Numbers(this JsonElement value, string name) => [.. value.AsItems(name).Select(v => v.AsNumber(name))];

    /// <summary>x, y, x, y, …</summary>
    public static Point[] Ring(this JsonElement value, string name) => Ring(value.Numbers(name), name);

    public static Point[] Ring(double[] flat, string name)
        => flat.Length >= 6 && flat.Length % 2 == 0
            ? [.. flat.Chunk(2).Select(p => new Point(p[0], p[1]))]
            : throw new MalformedEntryException($"'{name}' has {flat.Length} numbers; a polygon needs an even number of them, 6 or more");

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null or JsonValueKind.Undefined => "empty",
        _ => Text.Quote(value.GetRawText()),
    };

    /// <summary>The keys by which JSON formats are told apart: of the root object, or of the first object in the root list.</summary>
    public static (bool List, HashSet<string> Keys) Peek(string path)
    {
        var keys = new HashSet<string>();
        var list = false;
        try
        {
            var head = Sources.Head(path);
            var start = head.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
            var reader = new Utf8JsonReader(head.AsSpan(start), isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 64 }));
            for (var depth = 0; reader.Read();)
            {
                if (reader is { TokenType: JsonTokenType.StartArray, CurrentDepth: 0 }) list = true;
                if (reader.CurrentDepth == depth && reader.TokenType == JsonTokenType.EndObject) break;
                if (reader is { TokenType: JsonTokenType.StartObject } && reader.CurrentDepth == (list ? 1 : 0)) depth = reader.CurrentDepth;
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1 && !reader.ValueIsEscaped) keys.Add(reader.GetString()!);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // damaged further on: what was seen so far decides, and the reader will say where
        }
        return (list, keys);
    }
}
