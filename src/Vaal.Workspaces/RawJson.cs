using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>A text that is JSON already: it goes in as it is, and comes out as it was.</summary>
internal sealed class RawJson : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value);
}
