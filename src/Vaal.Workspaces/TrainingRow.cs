using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>A task model that was trained on the labels and tested on the test set.</summary>
public sealed partial class TrainingRow : Report
{
    internal TrainingRow(
        int id, int? round, int labels, int tests, int? correct, string options, long seed, DateTimeOffset started,
        DateTimeOffset finished, string version)
    {
        (Id, Round, Labels, Tests, Correct, Options, Seed) = (id, round, labels, tests, correct, options, seed);
        (Started, Finished, Version) = (started, finished, version);
    }

    public int Id { get; internal set; }

    /// <summary>The last round before it; null: none.</summary>
    [JsonInclude]
    internal int? Round { get; init; }

    /// <summary>Labelled images that it was trained on.</summary>
    public int Labels { get; internal init; }

    /// <summary>Test images with a label.</summary>
    public int Tests { get; internal init; }

    /// <summary>Those whose class it got right; null where it gives a class to each pixel.</summary>
    [JsonInclude]
    internal int? Correct { get; init; }

    /// <summary>JSON.</summary>
    [JsonConverter(typeof(RawJson))]
    [JsonInclude]
    internal string Options { get; init; }

    [JsonInclude]
    internal long Seed { get; init; }

    [JsonInclude]
    internal DateTimeOffset Started { get; init; }

    [JsonInclude]
    internal DateTimeOffset Finished { get; init; }

    /// <summary>Of the vaal that trained.</summary>
    [JsonInclude]
    internal string Version { get; init; }

    /// <summary>How well it predicted the masks of the test images; null where it gives a class to each
    /// image.</summary>
    [JsonInclude]
    internal MaskTest? Masks { get; init; }

    /// <summary>How well it predicted the classes of the test images where each may have several; null: each has
    /// one.</summary>
    [JsonInclude]
    internal MultiLabelTest? MultiLabel { get; init; }

    /// <summary>What the user should know about this training, where it has just ended; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; internal init; }

    /// <summary>Share of the test images that it got right, with Wilson's 95% interval; of masks their mean
    /// intersection over union, of several classes an image the mean average precision.</summary>
    public Interval Accuracy => Masks?.MeanIou ?? MultiLabel?.MeanAp ?? Statistics.Wilson(Correct ?? 0, Tests);

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    [JsonIgnore]
    public string Measure => (Masks is not null ? LabelForm.Masks
        : MultiLabel is not null ? LabelForm.Classes : LabelForm.Class).Measure;

    /// <summary>Name of the task model; null: the options do not say.</summary>
    internal string? Model => Option("model")?.GetString();

    /// <summary>Digest of the encoder whose features it learned from; null: it learned from pixels, or nothing tells
    /// any more.</summary>
    internal string? Encoder { get; init; }

    /// <summary>Where its model lies; null: nobody said.</summary>
    internal string? Kept { get; set; }

    /// <summary>Itself and the trainings before it whose numbers may be compared with its own; null: nobody
    /// looked.</summary>
    internal IReadOnlyList<TrainingRow>? Comparable { get; set; }

    /// <summary>What more labels were worth, where it has just ended.</summary>
    internal LabelsWorth? Worth { get; set; }

    // each class weighs alike
    private bool Balanced => Option("balanced")?.ValueKind == JsonValueKind.True;

    private JsonElement? Option(string name)
    {
        using var options = JsonDocument.Parse(Options);
        return options.RootElement.ValueKind == JsonValueKind.Object
            && options.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
    }

    /// <summary>
    /// Those of the same task model as the last, on the same features, with the same class weights, that measure the
    /// same: only their numbers may be compared.
    /// </summary>
    internal static IReadOnlyList<TrainingRow> LikeTheLast(IReadOnlyList<TrainingRow> trainings)
    {
        return [.. trainings.Where(t => Kind(t) == Kind(trainings[^1]))];

        static (string?, string?, bool, bool, int, int) Kind(TrainingRow t) => (t.Model, t.Encoder, t.Balanced,
            t.MultiLabel is not null, t.Masks?.Width ?? 0, t.Masks?.Height ?? 0);
    }
}
