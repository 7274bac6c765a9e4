using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>The label of one image, and where it came from.</summary>
internal sealed record LabelRow
{
    /// <summary>Id of the image.</summary>
    [JsonIgnore]
    public int Image { get; init; }

    /// <summary>Class of the whole image; null together with no shapes: somebody looked and found nothing.</summary>
    public string? Class { get; init; }

    /// <summary>Where an image may have several classes: those of the image and of its shapes, as a JSON list in order;
    /// <see cref="Class"/> is null then. Null: an image has one, or the label is elsewhere.</summary>
    [JsonPropertyName("classes"), JsonConverter(typeof(RawJson))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SetJson { get; init; }

    /// <summary>The classes of the image, of which there are several only where it may have them.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Classes =>
        SetJson is not null ? ClassSet.OfJson(SetJson) : Class is null ? [] : [Class];

    /// <summary>Boxes, polygons and masks in Vaal's own JSON; null: none.</summary>
    [JsonPropertyName("shapes"), JsonConverter(typeof(RawJson))]
    public string? ShapesJson { get; init; }

    /// <summary>It has a label, but not here.</summary>
    public bool Elsewhere { get; init; }

    public required string Who { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The round that chose the image, where one did.</summary>
    public int? Round { get; init; }

    /// <summary>The file and the line, the folder, the page.</summary>
    public required string Source { get; init; }

    /// <summary>An owner gave it to end a disagreement.</summary>
    [JsonIgnore]
    public bool IsSettled => Source == Workspace.Settled;

    /// <summary>The page suggested this class, and a person agreed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Suggested { get; init; }

    /// <summary>The shapes of <see cref="ShapesJson"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<Shape> Shapes => ShapesJson is null ? [] : JsonLabels.ReadShapes(ShapesJson);

    internal static string? JsonOf(IReadOnlyList<Shape> shapes) =>
        shapes.Count == 0 ? null : JsonLabels.WriteShapes(shapes);

    /// <summary>In words, for messages.</summary>
    internal string Describe()
    {
        if (Elsewhere) return "labelled elsewhere";
        var shapes = Shapes;
        string[] parts = [.. Class is null && SetJson is null
            ? Array.Empty<string>()
            : [ClassSet.Words(Classes)], .. shapes.Count == 0
            ? Array.Empty<string>()
            : [Counted.Of(shapes.Count, "shape")]];
        return parts.Length == 0 ? "nothing in it" : string.Join(" with ", parts);
    }

    internal string ToJson() => JsonSerializer.Serialize(this, Vaal.Json.Options);

    /// <summary>What <see cref="ToJson"/> wrote; null for JSON's null. The image is not in it.</summary>
    internal static LabelRow? OfJson(JsonElement json, int image) =>
        json.Deserialize<LabelRow>(Vaal.Json.Options) is { } label ? label with { Image = image } : null;
}
