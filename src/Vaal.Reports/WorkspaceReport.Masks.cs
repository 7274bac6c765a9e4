using System.Text.Json;
using Vaal.Records;
using Vaal.Workspaces;

namespace Vaal.Reports;

public static partial class WorkspaceReport
{
    /// <summary>The first of the chosen images as the round's network sees them, with the labels there are by now; null
    /// where the round was not one of masks.</summary>
    private static Section<ReportMasks>? Masks(
        Workspace workspace, RoundRow? shown, IReadOnlyList<PickRow> picks, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        if (shown is null || ClassesOf(shown) is not { } classes || picks.Count == 0) return null;
        var file = Path.Combine(workspace.ModelsOf(shown.Id), "task.safetensors");
        if (!File.Exists(file))
            return Section.Missing<ReportMasks>(
                $"Round {shown.Id} ({shown.Strategy}) asked no task model, so there is no prediction to show.");
        try
        {
            using var images = workspace.LoadMasks(classes, report, cancel);
            var at = images.Rows.Index().ToDictionary(r => r.Item.Id, r => r.Index);
            var ids = picks.Select(p => at[p.Image]).ToList();
            var regions = picks.ToDictionary(p => at[p.Image], p => p.Regions);
            if (Panels() is not { } panels)
                return Section.Missing<ReportMasks>($"They cannot be shown: the network of round {shown.Id} cannot be "
                    + "read, or it has other classes.");
            return new ReportMasks(
                [.. images.ClassNames], panels.Names, panels.Pictures,
                picks.Count)
            { Regions = picks.Any(p => p.Regions.Count > 0) };

            MaskPanels? Panels()
            {
                try
                {
                    return MaskPanels.OfSaved(file, classes.Length, images.Images, ids, id =>
                        [.. regions[id].Select(r => workspace.InFrame(images.Rows[id], r, images.Images))]);
                }
                catch (InputException)
                {
                    // the message names the folder of the network, and a report is sent to others
                    return null;
                }
            }
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
        return options.RootElement.TryGetProperty("classes", out var classes)
            && classes.ValueKind == JsonValueKind.Array ? classes.Deserialize<string[]>(Json.Options) : null;
    }
}
