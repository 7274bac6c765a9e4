using System.Text.Json;

namespace Vaal.Data.Labels;

internal static partial class Sources
{
    /// <summary>
    /// A JSON file that is well formed from end to end: what is read from it later, item by item, cannot break.
    /// </summary>
    public static byte[] Json(string path, ImportContext context)
    {
        var bytes = Bytes(path, context);
        return JsonProblem(bytes) is { } problem
            ? throw new InputException($"{Path.GetFileName(path)} {problem}") : bytes;
    }

    /// <summary>Why this is no JSON, or null.</summary>
    public static string? JsonProblem(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return "is not valid UTF-8; save it as UTF-8";
        var list = false;
        try
        {
            var reader = JsonReader(bytes);
            var fields = new HashSet<string>();
            while (reader.Read())
            {
                // half a surrogate pair in an escape is only found when the text is taken
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 }
                    && !fields.Add(reader.GetString()!) && !list)
                    return $"has the field {Text.Quote(reader.GetString()!)} twice";
                list |= reader is { TokenType: JsonTokenType.StartArray, CurrentDepth: 0 };
            }
            return null;
        }
        catch (JsonException e)
        {
            return $"is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
        }
        catch (InvalidOperationException)
        {
            return "has text that is not valid Unicode";
        }
    }

    /// <summary>
    /// Reads the items of a list one at a time, so that only one is in memory: of the list that the document is, or of
    /// the root object's field of that name. False where there is no such list.
    /// </summary>
    public static bool EachItem(ReadOnlySpan<byte> json, string? field, Action<JsonElement> read)
    {
        var reader = JsonReader(json);
        reader.Read();
        if (field is not null)
        {
            if (reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals(field))
                reader.Skip();
            if (reader.TokenType != JsonTokenType.PropertyName) return false;
            reader.Read();
        }
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            using var item = JsonDocument.ParseValue(ref reader);
            read(item.RootElement);
        }
        return true;
    }

    /// <summary>The document, once it is known to be well formed.</summary>
    public static JsonDocument JsonValue(ReadOnlySpan<byte> bytes)
    {
        var reader = JsonReader(bytes);
        return JsonDocument.ParseValue(ref reader);
    }

    private static Utf8JsonReader JsonReader(ReadOnlySpan<byte> bytes)
        => new(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes, new JsonReaderOptions { MaxDepth = 64 });
}
