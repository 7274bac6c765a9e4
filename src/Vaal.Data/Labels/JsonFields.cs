using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// Fields of a JSON object as a reader wants them: absent and null are one; a wrong kind is a malformed entry.
/// </summary>
internal static class JsonFields
{
    /// <summary>So much of a file tells formats apart; folders may hold thousands of files.</summary>
    private const int PeekBytes = 1 << 18;

    /// <summary>An object with more fields is a map by ids, and looking for each would take quadratic time.</summary>
    private const int MostFields = 1_000;

    public static JsonElement? Field(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new MalformedEntryException($"found {Kind(element)} where an object was expected");
        if (!element.TryGetProperty(name, out var value)) return null;
        if (IsTwice(element, name))
            throw new MalformedEntryException($"has the field {Text.Quote(name)} twice; expected it once");
        return value.ValueKind != JsonValueKind.Null ? value : null;
    }

    // the parser takes the last, and nobody knows which of them is meant
    private static bool IsTwice(JsonElement element, string name)
    {
        if (element.GetPropertyCount() > MostFields) return false;
        var found = 0;
        foreach (var field in element.EnumerateObject())
            if (field.NameEquals(name) && ++found > 1) return true;
        return false;
    }

    public static JsonElement Required(this JsonElement element, string name)
        => element.Field(name) ?? throw new MalformedEntryException($"has no '{name}'");

    /// <summary>Text, or a number as text: ids and class names may be either.</summary>
    public static string? String(this JsonElement element, string name)
        => element.Field(name) is { } value ? AsText(value, name) : null;

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
            ? (long)number : throw new MalformedEntryException(
                $"'{name}' is {Text.Quote(value.GetRawText())}; it must be a whole number");

    public static byte? TryByte(this JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetByte(out var number) ? number : null;

    public static int Side(this JsonElement element, string name)
        => element.Required(name).AsWhole(name) is > 0 and <= int.MaxValue and var side
            ? (int)side : throw new MalformedEntryException($"'{name}' is not a size in pixels");

    public static JsonElement.ArrayEnumerator AsItems(this JsonElement value, string name)
        => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray()
            : throw new MalformedEntryException($"'{name}' is {Kind(value)}; it must be a list");

    public static JsonElement.ArrayEnumerator Items(this JsonElement element, string name)
        => element.Field(name) is { } value ? value.AsItems(name) : default;

    public static double[] Numbers(this JsonElement value, string name)
        => [.. value.AsItems(name).Select(v => v.AsNumber(name))];

    /// <summary>x, y, x, y, …</summary>
    public static Point[] Ring(this JsonElement value, string name) => Ring(value.Numbers(name), name);

    public static Point[] Ring(double[] flat, string name)
        => flat.Length >= 6 && flat.Length % 2 == 0
            ? [.. flat.Chunk(2).Select(p => new Point(p[0], p[1]))]
            : throw new MalformedEntryException(
                $"'{name}' has {Counted.Of(flat.Length, "number")}; a polygon needs an even number of them, 6 or more");

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null or JsonValueKind.Undefined => "empty",
        _ => Text.Quote(value.GetRawText()),
    };

    /// <summary>
    /// The keys by which JSON formats are told apart, from the file's beginning: of the root object, or of the first
    /// object in the root list; and those of the first object inside of that one.
    /// </summary>
    public static JsonShape Peek(string path)
    {
        var shape = new JsonShape(false, [], [], false);
        try
        {
            var head = Sources.Head(path, PeekBytes);
            var start = head.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
            var reader = new Utf8JsonReader(head.AsSpan(start), isFinalBlock: false,
                new JsonReaderState(new JsonReaderOptions { MaxDepth = 64 }));
            shape = shape with { Cut = head.Length < RegularFile.Length(path) };
            // 1: in the first inner object, 2: behind it
            var inner = 0;
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.StartArray, CurrentDepth: 0 })
                    shape = shape with { List = true };
                var depth = reader.CurrentDepth - (shape.List ? 1 : 0);
                if (reader.TokenType == JsonTokenType.EndObject && depth == 0) break;
                if (reader.TokenType == JsonTokenType.StartObject && depth == 1 && inner == 0) inner = 1;
                if (reader.TokenType == JsonTokenType.EndObject && depth == 1 && inner == 1) inner = 2;
                if (reader.TokenType != JsonTokenType.PropertyName || reader.ValueIsEscaped) continue;
                if (depth == 1) shape.Keys.Add(reader.GetString()!);
                if (depth == 2 && inner == 1) shape.Inner.Add(reader.GetString()!);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // damaged further on: what was seen so far decides, and the reader will say where
        }
        return shape;
    }
}

/// <summary>What a JSON file looks like from outside.</summary>
/// <param name="List">whether its root is a list</param>
/// <param name="Keys">of the root object, or of the first object in the root list</param>
/// <param name="Inner">of the first object that is a value in there</param>
/// <param name="Cut">only the beginning of the file was looked at</param>
internal sealed record JsonShape(bool List, HashSet<string> Keys, HashSet<string> Inner, bool Cut)
{
    public bool Has(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (!Keys.Contains(key)) return false;
        return true;
    }

    public bool HasAny(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Keys.Contains(key)) return true;
        return false;
    }
}
