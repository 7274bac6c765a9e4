using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal train</c>: a task model on the labels so far, tested on the held-out test set.</summary>
internal static class TrainCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var task = new Option<string?>("--task")
        {
            Description = CommonOptions.TaskModel,
        }.WithNames([.. TaskModels.OnFeatures, .. TaskModels.Names]);
        var (epochs, seed) = (CommonOptions.TaskEpochs(), CommonOptions.Seed());
        var (noFlip, precision, where) = (CommonOptions.NoFlip(), CommonOptions.Precision(), new WorkspaceArguments());
        var (json, quiet, device) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var weights = CommonOptions.ClassWeights();
        var export = new Option<string?>("--export")
        {
            Description = "also write encoder and head on features as one .onnx file that other tools run",
        };
        var command = new VaalCommand("train", "train a task model on the labels so far and test it on the test set",
            [
                "vaal train                       # a linear model on the encoder's features, seconds",
                "vaal train --task mlp            # with a hidden layer, for more labels; seconds too",
                "vaal train --task transductive   # with 1 to 5 labels a class: unlabelled images teach it too",
                "vaal train --task small-cnn      # a small network from scratch, minutes on two cores",
                "vaal train --task small-seg      # labels are masks or shapes",
                "vaal train --export model.onnx   # encoder and linear model in one file for other tools",
            ],
            precision, noFlip, device, weights)
        {
            task, epochs, seed, export, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            WorkspaceArguments.CheckOutput(export.Name, parsed.GetValue(export));
            using var workspace = where.Open(parsed);
            var model = parsed.GetValue(task)
                ?? (workspace.Encoder == PretrainedEncoders.None ? TaskOptions.Default.Model : LinearLearner.Model);
            if (parsed.GetValue(export) is not null && !TaskModels.OnFeatures.Contains(model))
                throw new InputException(
                    $"expected --task {LinearLearner.Model} with --export, found {model}; its weights "
                    + "are in task.safetensors, and there is no ONNX graph of them");
            var balanced = parsed.GetValue(weights) == "balanced";
            if (balanced && model != LinearLearner.Model)
                throw new InputException($"expected --task {LinearLearner.Model} with --class-weights, found {model}");
            CommonOptions.CheckNetwork(parsed, [epochs, noFlip, precision, device], model);
            var several = workspace.IsMultiLabel ? LabelForm.Classes : null;
            ILearner learner = TaskModels.OnFeatures.Contains(model)
                ? new LinearLearner(parsed.GetValue(seed), balanced, several, model, parsed.GetValue(export))
                : Network(model);
            var row = workspace.Train(learner, progress.Report, stop);
            var worth = workspace.Worth();
            if (parsed.GetValue(export) is { } file)
            {
                using var predictor = Predictor.Open(workspace.ModelOf(row.Id));
                predictor.Export(file);
            }
            if (parsed.GetValue(json))
            {
                Output.Json(
                    new { training = row, worth, model = workspace.ModelOf(row.Id), export = parsed.GetValue(export) });
                return Run.Done;
            }
            Print(row, workspace.Trainings(comparable: true));
            if (row.Note is { } note) Output.Line(note);
            Output.Line(worth.Words);
            Output.Line($"Model{(row.Masks is null ? " and its predictions for unlabelled images" : "")}: "
                + $"{workspace.ModelOf(row.Id)}");
            if (parsed.GetValue(export) is { } onnx) Output.Line($"ONNX: {Path.GetFullPath(onnx)}");
            return Run.Done;

            ILearner Network(string model)
            {
                var recipe = TaskOptions.For(model);
                var options = recipe with
                {
                    Epochs = parsed.GetValue(epochs) ?? recipe.Epochs,
                    Flip = !parsed.GetValue(noFlip),
                    Precision = CommonOptions.PrecisionOf(parsed.GetValue(precision)) ?? recipe.Precision,
                };
                return new TaskLearner(options, parsed.GetValue(seed), Devices.Named(parsed.GetValue(device)!),
                    options.Model is { } name && TaskModels.Segments(name) ? null : several);
            }
        });
        return command;
    }

    private static void Print(TrainingRow row, IReadOnlyList<TrainingRow> comparable)
    {
        if (row.Masks is { } masks)
        {
            var classes = new Table("class", "IoU");
            foreach (var c in masks.Classes) classes.Add(c.Class, double.IsNaN(c.Iou) ? "–" : Percent(c.Iou));
            classes.Print();
            Output.Line($"{Percent(masks.PixelAccuracy)} of the pixels are right, at {masks.Width}×{masks.Height}");
            Output.Line();
        }
        if (row.MultiLabel is { } labels)
        {
            var classes = new Table("class", "AP", "F1");
            foreach (var c in labels.Classes) classes.Add(c.Class, Known(c.Ap), Known(c.F1));
            classes.Print();
            Output.Line($"macro F1 {Percent(labels.MacroF1.Estimate)}, 95% CI {Between(labels.MacroF1)}");
            Output.Line();
        }
        var table = new Table("after round", "labels", "test images", row.Measure, "95% CI");
        foreach (var t in comparable)
        {
            table.Add(t.Round?.ToString(Invariant) ?? "", $"{t.Labels}", $"{t.Tests}", Percent(t.Accuracy.Estimate),
                Between(t.Accuracy));
        }
        table.Print();
    }

    private static string Known(double share) => double.IsNaN(share) ? "–" : Percent(share);

    private static string Between(Interval i) =>
        double.IsNaN(i.Low) ? "–" : $"{Percent(i.Low)} to {Percent(i.High)}";

    private static string Percent(double share) => string.Create(Invariant, $"{100 * share:0.0}%");
}
