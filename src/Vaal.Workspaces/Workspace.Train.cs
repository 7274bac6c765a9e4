using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Holds the trainings that were not finished, each in a folder of its own; apart from a choice that was
    /// not, which they must not end.</summary>
    private string TrainingUnderWay => Path.Combine(Folder, "train");

    /// <summary>Trains a task model on all labelled images of the pool, by their classes, or by their shapes if the
    /// model gives a class to each pixel. Tests it on the test set, records the result and keeps the model:
    /// <see cref="ModelOf"/>. Resumes after a stop.</summary>
    /// <exception cref="InputException">too few labels, no labelled test image, shapes that cannot become masks, or an
    /// option is out of range</exception>
    public TrainingRow Train(ILearner learner, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(learner);
        InputException.ThrowIfAny(learner.Problems());
        using var held = Lock("train", cancel: cancel);
        if (!learner.Labels.ByPixel && learner.Labels != WholeLabels)
            throw new InputException($"expected a task model for {(IsMultiLabel ? "several classes" : "one class")} an "
                + $"image, found one for {(IsMultiLabel ? "one class" : "several classes")}");
        var labelled = LabelledHere(CountImages());
        using var images = Load(learner.Labels, report, cancel);
        int[] Known(int[] ids) => [.. ids.Where(id => learner.Labels.IsKnown(images.Images, id))];
        string IdentityOf(string options) => Identity(options, images, new HashSet<ImageNumber>());
        var (kind, other) = learner.Labels.ByPixel ? ("masks", "classes") : ("classes", "masks");
        var (data, own) = ($"{kind}-{IdentityOf("")[..8]}", IdentityOf($"{learner.Seed} {learner.Options}"));
        var folder = Path.Combine(TrainingUnderWay, $"{data}-{own[..8]}");
        var request = new TrainRequest
        {
            Images = images.Images,
            ClassNames = images.ClassNames,
            Labelled = Known(images.Labelled),
            Test = Known(images.Test),
            Unlabelled = images.Unlabelled,
            Sources = Sources(images.Rows),
            Fit = Loading(null, null, default).Fit,
            Folder = folder,
            Key = $"train {own}",
            Report = report,
            Cancel = cancel,
        };
        if (learner.Problem(request) is { } problem) throw new InputException(problem);
        if (request.Test.Count == 0) throw new InputException(images.Test.Length == 0
            ? "there is no test set; 'vaal init --test 10%' draws one, which then stays the same"
            : $"none of the {Counted.Of(images.Test.Length, "image")} of the test set has {learner.Labels.Missing}; "
                + "'vaal export --what test' lists them for labelling");

        EndOthers(data, other);
        var started = _clock.GetUtcNow();
        var test = learner.Train(request);
        var round = Rounds().LastOrDefault(r => r.Undone is null)?.Id;
        var row = new TrainingRow(
            0, round, test.Learned ?? request.Labelled.Count, request.Test.Count, test.Correct, learner.Options,
            learner.Seed, started, _clock.GetUtcNow(), _version)
        {
            Masks = test.Masks,
            MultiLabel = test.MultiLabel,
            Note = test.Note is null || images.Note is null ? test.Note ?? images.Note
                : $"{test.Note}; {images.Note}",
        };
        row.Id = Record(row, labelled, id => Keep(Path.Combine(folder, "models"), ModelOf(id)));
        Directory.Delete(folder, recursive: true);
        if (!Directory.EnumerateFileSystemEntries(TrainingUnderWay).Any()) Directory.Delete(TrainingUnderWay);
        (row.Kept, row.Comparable, row.Worth) = (ModelOf(row.Id), Trainings(comparable: true), Worth());
        return row;
    }

    // a training on other labels or files than these cannot go on
    private void EndOthers(string data, string otherKind)
    {
        if (!Directory.Exists(TrainingUnderWay)) return;
        foreach (var old in new DirectoryInfo(TrainingUnderWay).GetFileSystemInfos())
        {
            if (old.Name.StartsWith(data, StringComparison.Ordinal)
                || old.Name.StartsWith(otherKind, StringComparison.Ordinal)) continue;
            if (old is DirectoryInfo folder) folder.Delete(recursive: true);
            else old.Delete();
        }
    }

    /// <summary>Folder of what a training came to: the task model, <c>task.safetensors</c>, with its network and the
    /// names of its classes in the file's metadata; if it gives a class to each image, <c>predictions.csv</c> says
    /// which to every image that had no label.</summary>
    /// <param name="training">its number; null: the last that gives a class to each image</param>
    /// <exception cref="InputException">no such model was trained</exception>
    public string ModelOf(int? training = null) => Path.Combine(
        Folder, "models", $"training-{training ?? LastOfClasses()}");

    private int LastOfClasses() => Trainings().LastOrDefault(t => t.Masks is null)?.Id
        ?? throw new InputException("expected a trained model of classes, found none; 'vaal train' makes one, and "
            + "--model names a file");

    /// <summary>Every training recorded, oldest first.</summary>
    /// <param name="comparable">only those whose numbers may be compared with the last: the same task model on the same
    /// encoder's features, with the same class weights, measured in the same way</param>
    public IReadOnlyList<TrainingRow> Trainings(bool comparable = false) =>
        comparable ? TrainingRow.LikeTheLast(AllTrainings()) : AllTrainings();

    private List<TrainingRow> AllTrainings() => _db.Query(
        "select id, round, labels, tests, correct, options, seed, started, finished, version, masks, several " +
            "from trainings order by id",
        r => new TrainingRow(
            r.GetInt32(0), r.Whole(1), r.GetInt32(2), r.GetInt32(3), r.Whole(4), r.GetString(5), r.GetInt64(6),
            Ledger.Time(r.GetString(7)), Ledger.Time(r.GetString(8)), r.GetString(9))
        {
            Masks = r.Text(10) is { } masks ? JsonSerializer.Deserialize<MaskTest>(masks, Json.Options) : null,
            MultiLabel = r.Text(11) is { } sets
                ? JsonSerializer.Deserialize<MultiLabelTest>(sets, Json.Options) : null,
            Encoder = EncoderOf(r.GetInt32(0)),
            Kept = ModelOf(r.GetInt32(0)),
        });

    // As its model's file says, also of trainings by older versions: 8 bytes of length, then JSON. Where the file is
    // gone or damaged it is not known, and the training is compared with none of a known encoder.
    private string? EncoderOf(int training)
    {
        try
        {
            using var file = RegularFile.OpenRead(Path.Combine(ModelOf(training), "task.safetensors"));
            var length = new byte[sizeof(long)];
            file.ReadExactly(length);
            var left = file.Length - length.Length;
            var head = new byte[Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(length), 0, left)];
            file.ReadExactly(head);
            return (string?)JsonNode.Parse(head)?["__metadata__"]?["encoderDigest"];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What more labels were worth lately, by the trainings of the kind of the last.</summary>
    public LabelsWorth Worth()
    {
        var trainings = Trainings(comparable: true);
        return trainings is [.., { Correct: null }]
            ? LabelsWorth.Of([.. trainings.Select(t => (t.Labels, t.Accuracy))], trainings[^1].Measure)
            : LabelsWorth.Of([.. trainings.Select(t => (t.Labels, t.Correct ?? 0, t.Tests))]);
    }

    // what is recorded has its model; a model that was kept and not recorded is replaced by the next
    private int Record(TrainingRow t, int labelled, Action<int> keep) => _db.Transaction(() =>
    {
        var id = (int)_db.Number(
            "insert into trainings (round, labels, tests, correct, masks, options, seed, started, finished, " +
                "version, several) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
            t.Round, t.Labels, t.Tests, t.Correct, t.Masks is null
                ? null
                : JsonSerializer.Serialize(t.Masks, Json.Options), t.Options, t.Seed, Ledger.Stamp(t.Started),
                Ledger.Stamp(t.Finished), t.Version,
            t.MultiLabel is null ? null : JsonSerializer.Serialize(t.MultiLabel, Json.Options));
        _ledger.Begin(
            "train",
            new
            {
                training = id,
                t.Round,
                t.Labels,
                labelled,                                                            // not all could be learned from
                t.Tests,
                t.Correct,
                meanIou = t.Masks?.MeanIou.Estimate,
                meanAp = t.MultiLabel?.MeanAp.Estimate,
            });
        keep(id);
        return id;
    });
}
