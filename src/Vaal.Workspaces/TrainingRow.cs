using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>A task model that was trained on the labels and tested on the test set.</summary>
/// <param name="Round">the last round before it; null: none</param>
/// <param name="Labels">labelled images that it was trained on</param>
/// <param name="Tests">test images with a label</param>
/// <param name="Correct">those whose class it got right; null where it gives a class to each pixel</param>
/// <param name="Options">JSON</param>
/// <param name="Version">of the vaal that trained</param>
public sealed record TrainingRow(
    int Id, int? Round, int Labels, int Tests, int? Correct,
        [property: JsonConverter(typeof(RawJson))] string Options, long Seed,
    DateTimeOffset Started, DateTimeOffset Finished, string Version)
{
    /// <summary>How well it predicted the masks of the test images; null where it gives a class to each
    /// image.</summary>
    public MaskTest? Masks { get; init; }

    /// <summary>Share of the test images that it got right, with Wilson's 95% interval; of masks their mean
    /// intersection over union.</summary>
    public Interval Accuracy => Masks?.MeanIou ?? Statistics.Wilson(Correct ?? 0, Tests);

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    [JsonIgnore]
    public string Measure => (Masks is null ? LabelForm.Class : LabelForm.Masks).Measure;

    /// <summary>Name of the task model; null: the options do not say.</summary>
    internal string? Model
    {
        get
        {
            using var options = JsonDocument.Parse(Options);
            return options.RootElement.ValueKind == JsonValueKind.Object
                && options.RootElement.TryGetProperty("model", out var model) ? model.GetString() : null;
        }
    }

    /// <summary>
    /// Those of the same task model as the last that measure the same: only their numbers may be compared.
    /// </summary>
    public static IReadOnlyList<TrainingRow> LikeTheLast(IReadOnlyList<TrainingRow> trainings)
    {
        return [.. trainings.Where(t => Kind(t) == Kind(trainings[^1]))];

        static (string?, int, int) Kind(TrainingRow t) => (t.Model, t.Masks?.Width ?? 0, t.Masks?.Height ?? 0);
    }
}
