using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Workspaces;

/// <summary>A task model that was trained on the labels and tested on the test set.</summary>
/// <param name="Round">the last round before it; null: none</param>
/// <param name="Labels">labelled images that it was trained on</param>
/// <param name="Tests">test images with a label</param>
/// <param name="Correct">those that it got right</param>
/// <param name="Options">JSON</param>
/// <param name="Version">of the vaal that trained</param>
public sealed record TrainingRow(
    int Id, int? Round, int Labels, int Tests, int Correct, [property: JsonConverter(typeof(RawJson))] string Options, long Seed,
    DateTimeOffset Started, DateTimeOffset Finished, string Version)
{
    /// <summary>Share of the test images that it got right, with Wilson's 95% interval.</summary>
    public Interval Accuracy => Statistics.Wilson(Correct, Tests);
}

public sealed partial class Workspace
{
    /// <summary>Trains a task model from scratch on all images of the pool whose class is known, tests it on the test set and
    /// records the result. Goes on where it was after a stop.</summary>
    /// <exception cref="InputException">too few labels, no labelled test image, or an option is out of range</exception>
    public TrainingRow Train(TaskOptions options, long seed = 1, Action<TrainEvent>? report = null, Device? device = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems().ToList() is { Count: > 0 } problems) throw new InputException(string.Join("; ", problems));
        using var held = Lock("train", cancel: cancel);
        using var images = LoadImages(report: report, cancel: cancel);
        int[] Known(int[] ids) => [.. ids.Where(id => images.Images.Classes[id] >= 0)];
        var (labelled, tests) = (Known(images.Labelled), Known(images.Test));
        var classes = labelled.Select(id => images.Images.Classes[id]).Distinct().Count();
        if (classes < 2) throw new InputException($"the labels name {(classes == 0 ? "no class" : "one class only")}; a task model needs images of at least two: 'vaal import' brings labels in");
        if (tests.Length == 0) throw new InputException(images.Test.Length == 0
            ? "there is no test set; 'vaal init --test 10%' draws one, once and for good"
            : $"none of the {images.Test.Length} images of the test set has a class; 'vaal export --what test' lists them for labelling");

        var started = _clock.GetUtcNow();
        var pool = new Pool(images.Images, labelled);
        foreach (var id in labelled) pool.Label(id, images.Images.Classes[id]);
        Directory.CreateDirectory(UnderWay);
        var identity = Identity(new NextOptions { Strategy = "random", Task = options, Seed = seed }, images, new HashSet<int>());
        using var networks = new Networks(pool, task: options, classes: images.ClassNames.Count, seed: seed, device: device)
        {
            Report = report, Cancel = cancel, Checkpoints = UnderWay, Key = $"train {identity}",
        };
        using var logits = TaskTrainer.Predict(networks.Task, images.Images, tests, device);
        using var best = logits.argmax(1);
        long[] predicted = [.. best.data<long>()];
        var correct = tests.Where((id, i) => predicted[i] == images.Images.Classes[id]).Count();

        var round = Rounds().LastOrDefault(r => r.Undone is null)?.Id;
        var row = new TrainingRow(0, round, labelled.Length, tests.Length, correct, JsonSerializer.Serialize(options, Json.Options), seed, started, _clock.GetUtcNow(), _version);
        row = row with { Id = Record(row) };
        Directory.Delete(UnderWay, recursive: true);
        return row;
    }

    /// <summary>Every training recorded, oldest first.</summary>
    public IReadOnlyList<TrainingRow> Trainings() => _db.Query(
        "select id, round, labels, tests, correct, options, seed, started, finished, version from trainings order by id",
        r => new TrainingRow(r.GetInt32(0), r.Whole(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetString(5), r.GetInt64(6), Ledger.Time(r.GetString(7)), Ledger.Time(r.GetString(8)), r.GetString(9)));

    /// <summary>What more labels were worth lately.</summary>
    public LabelsWorth Worth() => LabelsWorth.Of([.. Trainings().Select(t => (t.Labels, t.Correct, t.Tests))]);

    private int Record(TrainingRow t) => _db.Transaction(() =>
    {
        var id = (int)_db.Number(
            "insert into trainings (round, labels, tests, correct, options, seed, started, finished, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
            t.Round, t.Labels, t.Tests, t.Correct, t.Options, t.Seed, Ledger.Stamp(t.Started), Ledger.Stamp(t.Finished), t.Version);
        _ledger.Begin("train", new { training = id, t.Round, t.Labels, t.Tests, t.Correct });
        return id;
    });
}
