using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal train</c>: a task model on the labels so far, tested on the held-out test set.</summary>
internal static class TrainCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var task = new Option<string>("--task") { Description = $"task model: {string.Join(", ", TaskModels.Names)}", DefaultValueFactory = _ => TaskOptions.Default.Model };
        var epochs = new Option<int>("--epochs") { Description = "passes over the labelled images", DefaultValueFactory = _ => TaskOptions.Default.Epochs };
        var seed = new Option<long>("--seed") { Description = "decides every random draw", DefaultValueFactory = _ => 1 };
        var noFlip = new Option<bool>("--no-flip") { Description = "no random mirroring (for digits, text, anything with a handedness)" };
        var (where, json, quiet, device) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var command = new Command("train", "train a task model on the labels so far and test it on the test set") { task, epochs, seed, noFlip, where.Folder, json, quiet, device };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            var options = TaskOptions.Default with { Model = parsed.GetValue(task)!, Epochs = parsed.GetValue(epochs), Flip = !parsed.GetValue(noFlip) };
            var row = workspace.Train(options, parsed.GetValue(seed), progress.Report, CommonOptions.DeviceOf(parsed.GetValue(device)!), stop);
            var worth = workspace.Worth();
            if (parsed.GetValue(json))
            {
                Output.Json(new { training = row, worth });
                return Run.Done;
            }
            var table = new Table("after round", "labels", "test images", "accuracy", "95% CI");
            foreach (var t in workspace.Trainings())
                table.Add(t.Round?.ToString(Invariant) ?? "", $"{t.Labels}", $"{t.Tests}", string.Create(Invariant, $"{100 * t.Accuracy.Estimate:0.0}%"), string.Create(Invariant, $"{100 * t.Accuracy.Low:0.0}% to {100 * t.Accuracy.High:0.0}%"));
            table.Print();
            Console.WriteLine(worth.Words);
            return Run.Done;
        });
        return command;
    }
}
