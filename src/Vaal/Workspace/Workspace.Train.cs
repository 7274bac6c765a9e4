using System.Text.Json;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Holds a training that was not finished; apart from a choice that was not, which it must not end.</summary>
    private string TrainingUnderWay => Path.Combine(Folder, "train");

    /// <summary>Trains a task model from scratch on all images of the pool whose class is known, or whose shapes make a mask where the model gives a
    /// class to each pixel; tests it on the test set, records the result and keeps the model: <see cref="ModelOf"/>. Goes on where it was after a stop.</summary>
    /// <exception cref="InputException">too few labels, no labelled test image, shapes that cannot become masks, or an option is out of range</exception>
    public TrainingRow Train(TaskOptions options, long seed = 1, Action<TrainEvent>? report = null, Device? device = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems().ToList() is { Count: > 0 } problems) throw new InputException(string.Join("; ", problems));
        using var held = Lock("train", cancel: cancel);
        var masks = TaskModels.Segments(options.Model);
        using var images = masks ? LoadMasks(report, cancel) : LoadImages(report: report, cancel: cancel);
        int[] Known(int[] ids) => [.. ids.Where(id => masks ? images.Images.HasMask(id) : images.Images.Classes[id] >= 0)];
        var (labelled, tests) = (Known(images.Labelled), Known(images.Test));
        if (TooFewClasses(options.Model, images, labelled) is { } problem) throw new InputException(problem);
        if (tests.Length == 0) throw new InputException(images.Test.Length == 0
            ? "there is no test set; 'vaal init --test 10%' draws one, once and for good"
            : $"none of the {images.Test.Length} images of the test set has {(masks ? "shapes" : "a class")}; 'vaal export --what test' lists them for labelling");

        var started = _clock.GetUtcNow();
        var pool = new Pool(images.Images, labelled);
        foreach (var id in labelled) pool.Label(id, images.Images.Classes[id]);
        Directory.CreateDirectory(TrainingUnderWay);
        var identity = Identity(new NextOptions { Strategy = "random", Task = options, Seed = seed }, images, new HashSet<int>());
        using var networks = new Networks(pool, task: options, classes: images.ClassNames.Count, seed: seed, device: device)
        {
            Report = report,
            Cancel = cancel,
            Checkpoints = TrainingUnderWay,
            Key = $"train {identity}",
        };
        var test = networks.Task is Segmenter segmenter ? TestMasks(segmenter, images, tests, device) : null;
        int? correct = test is null ? Correct(networks.Task, images.Images, tests, device) : null;
        var made = Fresh(Path.Combine(TrainingUnderWay, "models"));
        networks.Save(made, images.ClassNames);
        if (!masks) PredictionsFile.Write(Path.Combine(made, PredictionsFile.Name), networks.Task, images, device, report, cancel);

        var round = Rounds().LastOrDefault(r => r.Undone is null)?.Id;
        var row = new TrainingRow(0, round, labelled.Length, tests.Length, correct, JsonSerializer.Serialize(options, Json.Options), seed, started, _clock.GetUtcNow(), _version) { Masks = test };
        row = row with { Id = Record(row, id => Keep(made, ModelOf(id))) };
        Directory.Delete(TrainingUnderWay, recursive: true);
        return row;
    }

    /// <summary>Folder of what a training came to: the task model, <c>task.safetensors</c>, with its network and the names of its classes in the file's metadata; if it
    /// gives a class to each image, <c>predictions.csv</c> says which to every image that had no label.</summary>
    public string ModelOf(int training) => Path.Combine(Folder, "models", $"training-{training}");

    /// <summary>Every training recorded, oldest first.</summary>
    public IReadOnlyList<TrainingRow> Trainings() => _db.Query(
        "select id, round, labels, tests, correct, options, seed, started, finished, version, masks from trainings order by id",
        r => new TrainingRow(r.GetInt32(0), r.Whole(1), r.GetInt32(2), r.GetInt32(3), r.Whole(4), r.GetString(5), r.GetInt64(6), Ledger.Time(r.GetString(7)), Ledger.Time(r.GetString(8)), r.GetString(9))
        {
            Masks = r.Text(10) is { } masks ? JsonSerializer.Deserialize<MaskTest>(masks, Json.Options) : null,
        });

    /// <summary>What more labels were worth lately, by the trainings of the kind of the last.</summary>
    public LabelsWorth Worth()
    {
        var trainings = TrainingRow.LikeTheLast(Trainings());
        return trainings is [.., { Masks: not null }]
            ? LabelsWorth.Of([.. trainings.Select(t => (t.Labels, t.Accuracy))], trainings[^1].Measure)
            : LabelsWorth.Of([.. trainings.Select(t => (t.Labels, t.Correct ?? 0, t.Tests))]);
    }

    private static string? TooFewClasses(string model, WorkspaceImages images, int[] labelled)
    {
        if (images.Images.Masks is not { } masks)
        {
            var classes = labelled.Select(id => images.Images.Classes[id]).Distinct().Count();
            return classes >= 2 ? null : $"the labels name {(classes == 0 ? "no class" : "one class only")}; a task model needs images of at least two: 'vaal import' brings labels in. From shapes learn: {Names(segments: true)} (--task)";
        }
        if (labelled.Length == 0)
            return $"no label has shapes, and {model} learns a class for each pixel from them: 'vaal import' takes PNG masks, COCO, Label Studio and CVAT. From classes of images learn: {Names(segments: false)} (--task)";
        int[] seen = [.. Enumerable.Range(0, images.ClassNames.Count).Where(c => labelled.Any(id => masks[id].Contains((byte)c)))];
        return seen.Length >= 2 ? null
            : $"all shapes are of the class {Interop.Text.Quote(images.ClassNames[seen[0]])}, and what none covers is ignored, so that there is nothing to tell it from; 'vaal init --background NAME' makes a class of the rest";

        static string Names(bool segments) => string.Join(", ", TaskModels.Names.Where(n => TaskModels.Segments(n) == segments));
    }

    private static int Correct(TaskModel model, ImageSet images, int[] tests, Device? device)
    {
        using var logits = TaskTrainer.Predict(model, images, tests, device);
        using var best = logits.argmax(1);
        long[] predicted = [.. best.data<long>()];
        return tests.Where((id, i) => predicted[i] == images.Classes[id]).Count();
    }

    private static MaskTest TestMasks(Segmenter model, WorkspaceImages images, int[] tests, Device? device)
    {
        var counts = new MaskCounts(model.Classes);
        TaskTrainer.PredictMasks(model, images.Images, tests, device, counts.Add);
        var scores = counts.Total.Scores();
        return new(counts.MeanIou(seed: 1), scores.PixelAccuracy, [.. images.ClassNames.Zip(scores.ClassIou, (name, iou) => new ClassIou(name, iou))], images.Images.Width, images.Images.Height);
    }

    // what is recorded has its model; a model that was kept and not recorded is replaced by the next
    private int Record(TrainingRow t, Action<int> keep) => _db.Transaction(() =>
    {
        var id = (int)_db.Number(
            "insert into trainings (round, labels, tests, correct, masks, options, seed, started, finished, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
            t.Round, t.Labels, t.Tests, t.Correct, t.Masks is null ? null : JsonSerializer.Serialize(t.Masks, Json.Options), t.Options, t.Seed, Ledger.Stamp(t.Started), Ledger.Stamp(t.Finished), t.Version);
        _ledger.Begin("train", new { training = id, t.Round, t.Labels, t.Tests, t.Correct, meanIou = t.Masks?.MeanIou.Estimate });
        keep(id);
        return id;
    });
}
