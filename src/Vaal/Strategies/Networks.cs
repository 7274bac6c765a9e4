using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// The networks of one round, each trained from scratch on the pool as it stands when it is first asked for, and
/// trained once. A strategy that asks for none costs no training.
/// </summary>
public sealed class Networks : IDisposable
{
    private readonly Pool _pool;
    private readonly long _seed;
    private readonly List<TaskModel> _committee = [];                             // the first is the task model
    private readonly Stopwatch _training = new();
    private readonly Dictionary<Ablation, VaalNetworks> _vaal = [];
    private LossPrediction? _lossPrediction, _ranker;
    private VaalNetworks? _taskAware;
    private bool _disposed;

    /// <param name="pool">which images are labelled, and with what</param>
    /// <param name="classes">K; 0 where no task model will be asked for</param>
    /// <param name="seed">of this round: initial weights, batches, noise</param>
    /// <param name="report">hears of trainings</param>
    /// <param name="cancel">stops trainings</param>
    public Networks(
        Pool pool, VaalOptions? vaal = null, TaskOptions? task = null, int classes = 0, long seed = 1,
        Device? device = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        (Report, Cancel) = (report, cancel);
        (_pool, _seed, Classes, Device) = (pool, seed, classes, device ?? CPU);
        (VaalOptions, TaskOptions) = (vaal ?? VaalOptions.Balanced, task ?? TaskOptions.Default);
    }

    internal VaalOptions VaalOptions { get; }
    internal TaskOptions TaskOptions { get; }

    /// <summary>K, the number of classes.</summary>
    internal int Classes { get; }

    /// <summary>How the scores of pixels become an image's, where images have masks.</summary>
    internal PixelReduction PixelReduction { get; init; }

    /// <summary>Share of the pixels that <see cref="PixelReduction.Top"/> looks at, 0..1.</summary>
    internal double TopPixels { get; init; } = 0.05;

    public Device Device { get; }

    internal Action<TrainEvent>? Report { get; init; }
    internal CancellationToken Cancel { get; init; }

    /// <summary>Folder where trainings save their state now and then; null: nowhere.</summary>
    internal string? Checkpoints { get; init; }

    /// <summary>Names this round in a checkpoint; two rounds with the same text are the same training.</summary>
    internal string Key { get; init; } = "";

    /// <summary>Where the trained task model is kept for other runs that begin with the same labels, and taken from;
    /// null: nowhere.</summary>
    internal Checkpoint? SharedTask { get; init; }

    /// <summary>Time spent training so far.</summary>
    internal TimeSpan TrainingTime => _training.Elapsed;

    /// <summary>Whether somebody asked for <see cref="Task"/> already.</summary>
    internal bool HasTask => _committee.Count > 0;

    /// <summary>The task model T, trained on the labelled images.</summary>
    public TaskModel Task => Committee(1)[0];

    /// <summary>The VAE and the discriminator, trained on labelled against unlabelled images.</summary>
    public VaalNetworks Vaal => VaalWithout(Ablation.None);

    /// <summary>The same, or null where nobody asked for them.</summary>
    internal VaalNetworks? TrainedVaal => _vaal.GetValueOrDefault(Ablation.None);

    /// <summary>VAAL without one of its parts; the images held out and the batches are the same.</summary>
    internal VaalNetworks VaalWithout(Ablation part)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_vaal.TryGetValue(part, out var networks)) _vaal[part] = networks = TrainVaal(part);
        return networks;
    }

    /// <summary>VAAL with the ranks that a <see cref="Ranker"/> gives: the images held out and the batches are the
    /// same.</summary>
    internal VaalNetworks TaskAwareVaal => _taskAware ??= TrainVaal(Ablation.None, Ranks());

    /// <summary>VAAL's pair, or the one with ranks; null where nobody asked for either.</summary>
    internal VaalNetworks? TrainedPair => TrainedVaal ?? _taskAware;

    /// <summary>Networks that place images in a latent and are trained already, of VAAL or one of its variants; or
    /// null.</summary>
    internal VaalNetworks? TrainedLatent => TrainedVaal ?? _vaal.Values.FirstOrDefault() ?? _taskAware;

    /// <summary>Task models that differ in their seed alone (initial weights, order of the images); the first is
    /// <see cref="Task"/>.</summary>
    /// <param name="members">how many, at least 1</param>
    public IReadOnlyList<TaskModel> Committee(int members)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        while (_committee.Count < members) _committee.Add(TrainTask(_committee.Count));
        return _committee[..members];
    }

    /// <summary>A task model of its own, as the usual one but for what it draws, and a module that learns along to
    /// predict its loss.</summary>
    internal LossPrediction LossPrediction =>
        _lossPrediction ??= TrainLossPrediction("learning-loss", LossRanking.Margin);

    /// <summary>The same, where the module learns which of two images has the higher loss, and not by what
    /// margin.</summary>
    internal LossPrediction Ranker => _ranker ??= TrainLossPrediction("ranker", LossRanking.Order);

    // by id, of images as the task model sees them: the VAE may see them smaller and as squares
    private float[] Ranks()
    {
        var ranker = Ranker;
        int[] ids = [.. _pool.LabelledIds, .. _pool.UnlabelledIds];
        var scores =
            PoolPass.Score(_pool.Images, ids, ranker.Of, Device, Report, Cancel, phase: "ranking the pool by loss");
        var ranks = new float[_pool.Images.Count];
        foreach (var (id, score) in ids.Zip(scores)) ranks[id] = score;
        return ranks;
    }

    private LossPrediction TrainLossPrediction(string what, Func<Tensor, Tensor, Tensor> ranking)
    {
        var model = CreateTask();
        using var scope = NewDisposeScope();
        var predictor = new LossPredictor(model.MapWidths);
        using var trainer =
            new TaskTrainer(TaskOptions, model, _pool, Seeds.Derive(_seed, what, 0), Device, predictor, ranking);
        Train(trainer, what);
        return new(model, predictor);
    }

    private TaskModel CreateTask()
    {
        if (TaskModels.OnFeatures.Contains(TaskOptions.Model))
            throw new InputException(
                $"expected a network as task model, found {TaskOptions.Model}, which this strategy "
                + $"cannot ask; {QueryStrategies.TakeANetwork}, or a strategy on features such as coverage");
        var learns = LearningTask.Of(_pool.Images);
        if (Classes == 0 && learns.ClassesIn(_pool) > 0)
            throw new InputException("expected the number of classes, found 0; pass classes to Networks");
        if (learns.TooFew(TaskOptions.Model, Classes) is { } problem) throw new InputException(problem);
        return TaskModels.Create(TaskOptions.Model, _pool.Images.Channels, Classes);
    }

    /// <summary>Scores of images, (B), from those of their pixels, or of their several classes; of a classifier they
    /// are that already.</summary>
    internal Tensor PerImage(Tensor score, Tensor p) =>
        LearningTask.Of(_pool.Images).Labels == LabelForm.Classes
            ? score.mean([-1])
            : PixelScores.PerImage(score, p, PixelReduction, TopPixels, _pool.Images.Margin);

    /// <summary>Probabilities of logits, over the last dimension; where an image has several classes, of yes and no for
    /// each class.</summary>
    internal Tensor Probabilities(Tensor logits) => LearningTask.Of(_pool.Images).Probabilities(logits);

    private TaskModel TrainTask(int member)
    {
        var model = CreateTask();
        using var trainer = new TaskTrainer(TaskOptions, model, _pool, Seeds.Derive(_seed, "task", member), Device);
        var shared = member == 0 ? SharedTask : null;
        shared?.TryRestore(trainer.Restore);
        if (trainer.Iteration == trainer.Iterations) return model;
        Train(trainer, member == 0 ? "task" : $"task-{member}");
        shared?.Save(trainer.State(), trainer.Iteration);
        return model;
    }

    private void Train(TaskTrainer trainer, string what)
    {
        var checkpoint = Open(what);
        checkpoint?.TryRestore(trainer.Restore);
        if (trainer.Iteration < trainer.Iterations)
        {
            SaveAtTheEnd(
                () => trainer.Train(Report, Cancel, () => checkpoint?.SaveIfDue(trainer.State(), trainer.Iteration)),
                () => checkpoint?.Save(trainer.State(), trainer.Iteration));
        }
    }

    private VaalNetworks TrainVaal(Ablation ablation, float[]? ranks = null)
    {
        var seed = Seeds.Derive(_seed, "vaal", 0);
        var held = (int)(VaalOptions.HoldOut * Math.Min(_pool.Labelled.Count, _pool.Unlabelled.Count));
        // unlabelled images are plenty: more of them narrow the interval of the held-out AUC, four times as many by a
        // fifth
        var heldUnlabelled = (int)Math.Min(4L * held, (long)(VaalOptions.HoldOut * _pool.Unlabelled.Count));
        var (heldL, trainL) = Split(_pool.LabelledIds, held, Seeds.Derive(seed, "held-out labelled", 0));
        var (heldU, trainU) = Split(_pool.UnlabelledIds, heldUnlabelled, Seeds.Derive(seed, "held-out unlabelled", 0));
        var pixels = new PixelExamples(_pool.Images.Squared(VaalOptions.SizeFor(_pool.Images)), VaalOptions.Flip);
        using var trainer = ranks is null
            ? ablation.Trainer(VaalOptions, pixels, trainL, trainU, seed, Device)
            : new TaskAwareVaalTrainer(VaalOptions, pixels, trainL, trainU, seed, ranks, Device);
        var checkpoint = Open(ranks is not null ? "ta-vaal" : ablation == Ablation.None ? "vaal" : $"vaal-{ablation}");
        checkpoint?.TryRestore(trainer.Restore);
        if (trainer.Iteration < trainer.Iterations)
        {
            SaveAtTheEnd(
                () => trainer.Train(Report, () => checkpoint?.SaveIfDue(trainer.State(), trainer.Iteration), Cancel),
                () => checkpoint?.Save(trainer.State(), trainer.Iteration));
        }
        return new VaalNetworks(trainer.Vae, trainer.D, VaalOptions, heldL, heldU, Device) { Ranks = ranks };
    }

    // also where the user stopped it; not where it diverged
    private void SaveAtTheEnd(Action train, Action save)
    {
        _training.Start();
        try
        {
            train();
        }
        catch (OperationCanceledException)
        {
            save();
            throw;
        }
        finally
        {
            _training.Stop();
        }
        save();
    }

    /// <summary>Writes the task model and VAAL's pair as safetensors, those that have been trained:
    /// <c>task.safetensors</c>; <c>vaal.safetensors</c> with vae.* and disc.*, of ta-vaal too. Not the other members of
    /// a committee, the modules that predict losses, nor the networks of VAAL's ablations.</summary>
    /// <param name="classes">names of the task model's classes, which are written into its file; null: none</param>
    internal void Save(string folder, IReadOnlyList<string>? classes = null) => SaveWith(folder, classes, null);

    /// <param name="fit">how images were brought to their size, which is written too; null: not known</param>
    internal void SaveWith(string folder, IReadOnlyList<string>? classes, Fit? fit)
    {
        Directory.CreateDirectory(folder);
        if ((_committee.FirstOrDefault() ?? _lossPrediction?.Task ?? _ranker?.Task) is { } task)
        {
            var metadata = new Dictionary<string, string>
            {
                ["model"] = TaskOptions.Model,
                ["width"] = _pool.Images.Width.ToString(CultureInfo.InvariantCulture),
                ["height"] = _pool.Images.Height.ToString(CultureInfo.InvariantCulture),
            };
            if (fit is not null) metadata["fit"] = fit.Value.ToString();
            if (LearningTask.Of(_pool.Images).Labels == LabelForm.Classes) metadata["several"] = "true";
            if (classes is not null) metadata["classes"] = JsonSerializer.Serialize(classes, Json.Options);
            Safetensors.Save(
                Path.Combine(folder, "task.safetensors"), task.state_dict().Select(p => (p.Key, p.Value)), metadata);
        }
        if (TrainedPair is { } vaal)
            Safetensors.Save(Path.Combine(folder, "vaal.safetensors"),
                [.. vaal.Vae.state_dict().Select(p => ($"vae.{p.Key}", p.Value)), .. vaal.D.state_dict()
                    .Select(p => ($"disc.{p.Key}", p.Value))]);
    }

    private Checkpoint? Open(string what) =>
        Checkpoints is null ? null : new Checkpoint(Path.Combine(Checkpoints, what + ".safetensors"), $"{what} {Key}");

    private static (int[] Held, int[] Trained) Split(int[] ids, int held, long seed)
    {
        int[] shuffled = [.. ids];
        new Random((int)seed).Shuffle(shuffled);
        return ([.. shuffled[..held].Order()], [.. shuffled[held..].Order()]);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var member in _committee) member.Dispose();
        _lossPrediction?.Dispose();
        _ranker?.Dispose();
        _taskAware?.Dispose();
        foreach (var networks in _vaal.Values) networks.Dispose();
        Libtorch.GiveBackFreedMemory();
    }
}
