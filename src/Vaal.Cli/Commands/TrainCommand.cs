using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal train</c>: a task model on the labels so far, tested on the held-out test set.</summary>
internal static class TrainCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var task = new Option<string>("--task") { Description = $"task model: {string.Join(", ", TaskModels.Names)}", DefaultValueFactory = _ => TaskOptions.Default.Model };
        var epochs = new Option<int?>("--epochs") { Description = CommonOptions.PassesOfTask };
        var seed = new Option<long>("--seed") { Description = "decides every random draw", DefaultValueFactory = _ => 1 };
        var noFlip = new Option<bool>("--no-flip") { Description = "no random mirroring (for digits, text, anything with a handedness)" };
        var (where, precision, json, quiet, device) = (new WorkspaceArguments(), CommonOptions.Precision(), CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var command = new Command("train", "train a task model on the labels so far and test it on the test set") { task, epochs, seed, noFlip, precision, where.Folder, json, quiet, device };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            var recipe = TaskOptions.For(parsed.GetValue(task)!);
            var options = recipe with { Epochs = parsed.GetValue(epochs) ?? recipe.Epochs, Flip = !parsed.GetValue(noFlip), Precision = CommonOptions.PrecisionOf(parsed.GetValue(precision)) ?? recipe.Precision };
            var row = workspace.Train(new TaskLearner(options, parsed.GetValue(seed), Devices.Named(parsed.GetValue(device)!)), progress.Report, stop);
            var worth = workspace.Worth();
            if (parsed.GetValue(json))
            {
                Output.Json(new { training = row, worth, model = workspace.ModelOf(row.Id) });
                return Run.Done;
            }
            Print(row, workspace.Trainings());
            Console.WriteLine(worth.Words);
            Console.WriteLine($"Model{(row.Masks is null ? ", and what it takes the images without a label for" : "")}: {workspace.ModelOf(row.Id)}");
            return Run.Done;
        });
        return command;
    }

    private static void Print(TrainingRow row, IReadOnlyList<TrainingRow> all)
    {
        if (row.Masks is { } masks)
        {
            var classes = new Table("class", "IoU");
            foreach (var c in masks.Classes) classes.Add(c.Class, double.IsNaN(c.Iou) ? "–" : Percent(c.Iou));
            classes.Print();
            Console.WriteLine($"{Percent(masks.PixelAccuracy)} of the pixels are right, at {masks.Width}×{masks.Height}");
            Console.WriteLine();
        }
        var table = new Table("after round", "labels", "test images", row.Masks is null ? "accuracy" : "mean IoU", "95% CI");
        foreach (var t in TrainingRow.LikeTheLast(all))
            table.Add(t.Round?.ToString(Invariant) ?? "", $"{t.Labels}", $"{t.Tests}", Percent(t.Accuracy.Estimate), double.IsNaN(t.Accuracy.Low) ? "–" : $"{Percent(t.Accuracy.Low)} to {Percent(t.Accuracy.High)}");
        table.Print();
    }

    private static string Percent(double share) => string.Create(Invariant, $"{100 * share:0.0}%");
}
