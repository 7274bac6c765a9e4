using System.CommandLine;
using System.Text.Json.Nodes;
using Vaal.Cli.Terminal;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal train</c>: a task model on the labels so far, tested on the held-out test set.</summary>
internal static class TrainCommand
{
    public static Command Create(CancellationToken stop)
    {
        var task = new Option<string?>("--task")
        {
            Description = CommonOptions.TaskModel,
        }.WithNames([.. TaskModels.OnFeatures, .. TaskModels.Names]);
        var (epochs, minIterations) = (CommonOptions.TaskEpochs(), CommonOptions.TaskMinIterations());
        var seed = CommonOptions.Seed();
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
            minIterations, precision, noFlip, device, weights)
        {
            task, epochs, seed, export, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            WorkspaceArguments.CheckOutput(export.Name, parsed.GetValue(export));
            using var workspace = where.Open(parsed);
            var model = parsed.GetValue(task)
                ?? (workspace.Encoder == CommonOptions.NoEncoder ? CommonOptions.UsualTask : CommonOptions.UsualHead);
            if (parsed.GetValue(export) is not null && !TaskModels.OnFeatures.Contains(model))
                throw new InputException(
                    $"expected --task {CommonOptions.UsualHead} with --export, found {model}; its weights "
                    + "are in task.safetensors, and there is no ONNX graph of them");
            var balanced = parsed.GetValue(weights) == "balanced";
            if (balanced && model != CommonOptions.UsualHead)
                throw new InputException(
                    $"expected --task {CommonOptions.UsualHead} with --class-weights, found {model}");
            CommonOptions.CheckNetwork(parsed, [epochs, minIterations, noFlip, precision, device], model);
            var several = workspace.IsMultiLabel;
            ILearner learner = TaskModels.OnFeatures.Contains(model)
                ? new LinearLearner(parsed.GetValue(seed), balanced, several, model, parsed.GetValue(export))
                : new TaskLearner(Recipe(model), parsed.GetValue(seed), Devices.Named(parsed.GetValue(device)!),
                    several);
            var row = workspace.Train(learner, progress.Report, stop);
            var made = workspace.ModelOf(row.Id);
            if (parsed.GetValue(export) is { } file)
            {
                using var predictor = Predictor.Open(made);
                predictor.Export(file);
            }
            if (parsed.GetValue(json))
            {
                Output.Json(new
                {
                    training = JsonNode.Parse(row.ToJson()),
                    worth = workspace.Worth(),
                    model = made,
                    export = parsed.GetValue(export),
                });
                return Run.Done;
            }
            Output.Print(row.Text());
            if (parsed.GetValue(export) is { } onnx) Output.Line($"ONNX: {Path.GetFullPath(onnx)}");
            return Run.Done;

            TaskOptions Recipe(string model) => new(model,
                epochs: parsed.GetValue(epochs),
                flip: parsed.GetValue(noFlip) ? false : null,
                precision: parsed.GetValue(precision),
                minIterations: parsed.GetValue(minIterations));
        });
        return command;
    }
}
