using System.Text.Json;
using Vaal.Models;
using Vaal.Workspaces;
using static TorchSharp.torch;

namespace Vaal.Reporting;

public static partial class WorkspaceReport
{
    /// <summary>The first of the chosen images as the round's network sees them, with the labels there are by now; null where the round was not one of masks.</summary>
    private static Section<ReportMasks>? Masks(Workspace workspace, RoundRow? shown, IReadOnlyList<PickRow> picks, Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (shown is null || ClassesOf(shown) is not { } classes || picks.Count == 0) return null;
        var file = Path.Combine(workspace.ModelsOf(shown.Id), "task.safetensors");
        if (!File.Exists(file)) return Section.Missing<ReportMasks>($"Round {shown.Id} ({shown.Strategy}) asked no task model, so there is no prediction to show.");
        try
        {
            using var scope = NewDisposeScope();
            using var model = Load(file, classes.Length);
            using var images = workspace.LoadMasks(classes, report, cancel);
            var at = images.Rows.Index().ToDictionary(r => r.Item.Id, r => r.Index);
            var ids = picks.Select(p => at[p.Image]).ToList();
            var regions = picks.ToDictionary(p => at[p.Image], p => p.Regions);
            var panels = MaskPanels.Of(model, images.Images, ids, CPU, id => [.. regions[id].Select(r => workspace.InFrame(images.Rows[id], r, images.Images))]);
            return new ReportMasks([.. images.ClassNames], panels.Names, panels.Pictures, picks.Count) { Regions = picks.Any(p => p.Regions.Count > 0) };
        }
        catch (InputException e)
        {
            return Section.Missing<ReportMasks>($"They cannot be shown: {e.Message}.");
        }
    }

    // what the network's classes were called when it was trained
    private static string[]? ClassesOf(RoundRow round)
    {
        using var options = JsonDocument.Parse(round.Options);
        return options.RootElement.TryGetProperty("classes", out var classes) && classes.ValueKind == JsonValueKind.Array ? classes.Deserialize<string[]>(Json.Options) : null;
    }

    private static Segmenter Load(string file, int classes)
    {
        var weights = Safetensors.Load(file, out var metadata);
        var wrong = new InputException($"{file} holds no network of {classes} classes");
        if (!metadata.TryGetValue("model", out var name) || !TaskModels.Names.Contains(name) || TaskModels.Create(name, 3, classes) is not Segmenter model) throw wrong;
        using var noGrad = no_grad();
        foreach (var (key, value) in model.state_dict())
        {
            if (!weights.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(value.shape)) throw wrong;
            value.copy_(saved);
        }
        return model;
    }
}
