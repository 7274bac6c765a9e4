using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Records;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>Trains a task model from scratch on labelled images and tests it.</summary>
/// <param name="device">where it is trained; null: the CPU</param>
public sealed class TaskLearner(TaskOptions options, long seed = 1, Device? device = null) : ILearner
{
    public long Seed => seed;
    public bool NeedsMasks => TaskModels.Segments(options.Model);
    public string Options => JsonSerializer.Serialize(options, Json.Options);

    public IEnumerable<string> Problems() => options.Problems();

    /// <inheritdoc/>
    public string? Problem(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return TooFewClasses(options.Model, request.Images, request.ClassNames, request.Labelled);
    }

    /// <inheritdoc/>
    public TaskTest Train(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (images, labelled, tests) = (request.Images, request.Labelled, request.Test);
        var pool = Pool.Of(images, labelled, unlabelled: []);
        Directory.CreateDirectory(request.Folder);
        using var networks =
            new Networks(pool, task: options, classes: request.ClassNames.Count, seed: seed, device: device)
            {
                Report = request.Report,
                Cancel = request.Cancel,
                Checkpoints = request.Folder,
                Key = request.Key,
            };
        var masks = networks.Task is Segmenter segmenter
            ? TestMasks(segmenter, images, request.ClassNames, [.. tests], device)
            : null;
        int? correct = masks is null ? Correct(networks.Task, images, [.. tests], device) : null;
        var made = Path.Combine(request.Folder, "models");
        // of another training that was stopped
        if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
        networks.SaveWith(made, request.ClassNames, request.Fit);
        if (masks is null)
            PredictionsFile.Write(Path.Combine(made, PredictionsFile.Name), networks.Task, request, device);
        return new(correct, masks);
    }

    internal static string? TooFewClasses(
        string model, ImageSet images, IReadOnlyList<string> names, IReadOnlyList<int> labelled)
    {
        if (images.Masks is not { } masks)
        {
            var classes = labelled.Select(id => images.Classes[id]).Distinct().Count();
            return classes >= 2 ? null
                : $"the labels name {(classes == 0 ? "no class" : "one class only")}; a task model needs images of at least two: 'vaal import' brings labels in. From shapes learn: {Names(segments: true)} (--task)";
        }
        if (labelled.Count == 0)
            return $"no label has shapes, and {model} learns a class for each pixel from them: 'vaal import' takes " +
                $"PNG masks, COCO, Label Studio and CVAT. From classes of images learn: {Names(segments: false)} " +
                $"(--task)";
        int[] seen = [.. Enumerable.Range(0, names.Count).Where(c => labelled.Any(id => masks[id].Contains((byte)c)))];
        return seen.Length >= 2 ? null
            : $"all shapes are of the class {Data.Labels.Text.Quote(names[seen[0]])}, and what none covers is " +
                $"ignored, so that there is nothing to tell it from; 'vaal init --background NAME' makes a class of " +
                $"the rest";

        static string Names(bool segments) =>
            string.Join(", ", TaskModels.Names.Where(n => TaskModels.Segments(n) == segments));
    }

    private static int Correct(TaskModel model, ImageSet images, int[] tests, Device? device)
    {
        using var logits = TaskTrainer.Predict(model, images, tests, device);
        using var best = logits.argmax(1);
        long[] predicted = [.. best.data<long>()];
        return tests.Where((id, i) => predicted[i] == images.Classes[id]).Count();
    }

    private static MaskTest TestMasks(
        Segmenter model, ImageSet images, IReadOnlyList<string> names, int[] tests, Device? device)
    {
        var counts = new MaskCounts(model.Classes);
        TaskTrainer.PredictMasks(model, images, tests, device, counts.Add);
        var scores = counts.Total.Scores();
        return new(
            counts.MeanIou(seed: 1), scores.PixelAccuracy,
            [.. names.Zip(scores.ClassIou, (name, iou) => new ClassIou(name, iou))], images.Width, images.Height);
    }
}
