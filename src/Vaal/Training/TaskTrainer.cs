using System.Globalization;
using System.Text.Json;
using TorchSharp;
using Vaal.Data;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Trains a task model from scratch on a pool's labelled images, and tests it. What is drawn depends on the seed and
/// the iteration's number alone, so a training continued from its state ends where an undisturbed one does.
/// </summary>
internal sealed class TaskTrainer : IDisposable
{
    private const int ReadEvery = 25;
    private const double SharedLearning = 0.6;
    private readonly TaskOptions _o;
    private readonly TaskModel _model;
    private readonly ImageSet _images;
    private readonly LearningTask _task;
    private readonly TaskTargets _targets;
    private readonly BatchSampler _batches;
    private readonly long _seed;
    private readonly Device _device;
    private readonly Generator _random;
    private readonly Sgd _optimizer;
    private readonly Tensor _lossSum;
    private readonly LossPredictor? _predictor;
    private readonly Func<Tensor, Tensor, Tensor>? _ranking;
    private int _lossCount;

    /// <param name="model">is given fresh weights; stays the caller's</param>
    /// <param name="pool">its labelled images as they stand now</param>
    /// <exception cref="InputException">an option is out of range, nothing is labelled, or a class the model does not
    /// have</exception>
    public TaskTrainer(TaskOptions options, TaskModel model, Pool pool, long seed, Device? device = null)
        : this(options, model, pool, seed, device, null, null)
    {
    }

    /// <param name="predictor">learns along to predict the loss of an image</param>
    /// <param name="ranking">how: predicted (B), true (B) → (); with masks of those images of a batch that have a loss,
    /// which may be none</param>
    internal TaskTrainer(
        TaskOptions options, TaskModel model, Pool pool, long seed, Device? device, LossPredictor? predictor,
        Func<Tensor, Tensor, Tensor>? ranking)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        if (options.Problems().FirstOrDefault() is { } problem) throw new InputException(problem);
        _task = LearningTask.Of(pool.Images);
        if (!_task.Fits(model)) throw new InputException(_task.Unsuited(options.Model));
        int[] ids = [.. pool.Labelled.Where(id => _task.CanLearn(pool, id))];
        if (ids.Length < 2)
            throw new InputException(
                $"{Counted.Of(ids.Length, "image is", "images are")} labelled with a class; training a task model "
                    + "needs at least 2");
        if (pool.Images.Channels != model.Channels)
            throw new InputException(
                $"images have {pool.Images.Channels} channels, the task model takes {model.Channels}");
        (_o, _model, _images, _seed, _device) = (options, model, pool.Images, seed, device ?? CPU);
        _targets = _task.Targets(pool, ids, model.Classes);
        _batches = new BatchSampler(ids, options.BatchSize, dropLast: true, seed, "task.order");
        Iterations = options.IterationsFor(ids.Length);
        _random = new Generator((ulong)Seeds.Derive(seed, "task.init", 0));
        model.Reset(_random);
        model.DrawDropoutFrom(_random);
        // until this trainer goes
        model.Convolutions = Models.BFloat16.TrainsIn(options.Precision, _device) ? ScalarType.BFloat16 : null;
        model.to(_device);
        (_predictor, _ranking) = (predictor, ranking);
        if (predictor is not null)
        {
            Initialise.Default(predictor, _random);
            predictor.to(_device);
        }
        _optimizer = new Sgd(
            [.. model.named_parameters(), .. predictor?.named_parameters().Select(p => ($"loss.{p.name}", p.parameter))
                ?? []], options.Momentum, options.WeightDecay, options.Nesterov);
        _lossSum = zeros(1, device: _device).DetachFromDisposeScope();
    }

    /// <summary>Iterations in all.</summary>
    public int Iterations { get; }

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    /// <summary>Trains to the end, from where it stands.</summary>
    /// <param name="checkpoint">called every few iterations, after a check for NaN; saves <see cref="State"/> when it
    /// sees fit</param>
    /// <exception cref="DivergedException">the loss is NaN or infinite</exception>
    public void Train(Action<TrainEvent>? report = null, CancellationToken cancel = default, Action? checkpoint = null)
    {
        while (Iteration < Iterations)
        {
            cancel.ThrowIfCancellationRequested();
            Step();
            if (Iteration % ReadEvery != 0 && Iteration != Iterations) continue;
            var loss = MeanLoss();
            report?.Invoke(
                new TrainEvent(
                    "training task model", Iteration, Iterations, new Dictionary<string, double> { ["loss"] = loss }));
            checkpoint?.Invoke();
        }
    }

    /// <summary>One iteration. Past the end (a task model stepped along with a longer training) it does
    /// nothing.</summary>
    public void Step()
    {
        if (Iteration >= Iterations) return;
        using var scope = NewDisposeScope();
        if (_model.training == _o.FrozenBatchNorm) _model.train(!_o.FrozenBatchNorm);
        // (B, C, H, W); (B), of masks (B, H, W)
        var (x, y) = Batch();
        var loss = _predictor is null ? _task.Loss(_model.call(x), y, _o.LabelSmoothing) : LossAndItsPrediction(x, y);
        _optimizer.ZeroGrad();
        loss.backward();
        _optimizer.Step(_o.LearningRateAt(Iteration, Iterations));
        _lossSum.add_(loss.detach());
        _lossCount++;
        Iteration++;
    }

    // Yoo and Kweon (CVPR 2019), Eq. 3 with λ = 1; after 120 of 200 epochs the task model no longer learns from the
    // prediction.
    private Tensor LossAndItsPrediction(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var maps = new List<Tensor>();
        var (features, classify) = _model.Halves(x, maps);
        var (losses, counts) = _task.LossesByImage(classify(features), y, _o.LabelSmoothing);
        if (Iteration >= SharedLearning * Iterations) maps = [.. maps.Select(m => m.detach())];
        var (predicted, means) = (_predictor!.call(maps), (losses / counts).detach());
        if (_task.WithLoss(counts) is { } known) (predicted, means) = (predicted[known], means[known]);
        return (LearningTask.Mean(losses, counts) + _ranking!(predicted, means)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean loss of the steps since this was last asked; waits for the device.</summary>
    /// <exception cref="DivergedException">it is NaN or infinite</exception>
    public double MeanLoss()
    {
        using var scope = NewDisposeScope();
        var mean = _lossSum.item<float>() / Math.Max(1, _lossCount);
        _lossSum.zero_();
        _lossCount = 0;
        if (double.IsFinite(mean)) return mean;
        throw new DivergedException(string.Create(CultureInfo.InvariantCulture,
            $"training the task model diverged by iteration {Iteration} of {Iterations}: loss {mean}; "
            + $"options: {JsonSerializer.Serialize(_o, Json.Options)}"));
    }

    /// <summary>All that is needed to go on later, by name, as it stands: no copies. The caller keeps
    /// <see cref="Iteration"/> beside it.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        [.. _model.state_dict().Select(p => ($"task.{p.Key}", p.Value)), .. _predictor?.state_dict()
            .Select(p => ($"loss.{p.Key}", p.Value))
            ?? [], .. _optimizer.State().Select(s => ($"sgd.{s.Name}", s.Value))];

    /// <summary>Goes back to what <see cref="State"/> gave after <paramref name="iteration"/> iterations.</summary>
    /// <exception cref="InputException">it is of another model; nothing has been changed</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> state, int iteration)
    {
        ArgumentNullException.ThrowIfNull(state);
        Checkpoint.Copy(state, State(), iteration, Iterations);
        Iteration = iteration;
    }

    /// <summary>Share of the images with a known class that <paramref name="model"/> gets right.</summary>
    public static double Accuracy(TaskModel model, ImageSet images, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        return LearningTask.For(LabelForm.Class).Test(model, images, device).Measure;
    }

    /// <summary>Logits (N, K) on the CPU, in the order of <paramref name="ids"/>; a batch at a time, in eval
    /// mode.</summary>
    public static Tensor Predict(TaskModel model, ImageSet images, IReadOnlyList<int> ids, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = NewDisposeScope();
        using var mode = model.Evaluating();
        var pass = new PoolPass(images, [.. ids], device) { Batch = PoolPass.ForLogits(images) };
        var logits = pass.Rows((x, _) => model.call(x), model.Classes);
        return tensor(logits, [ids.Count, model.Classes]).MoveToOuterDisposeScope();
    }

    /// <summary>How well <paramref name="model"/> predicts the masks of images, all of their pixels counted together; a
    /// few images at a time, in eval mode.</summary>
    /// <exception cref="InputException">the images have no masks</exception>
    public static ConfusionMatrix Confusion(Segmenter model, ImageSet images, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        var counts = new ConfusionMatrix(model.Classes);
        PredictMasks(model, images, [.. Enumerable.Range(0, images.Count)], device, counts.Add);
        return counts;
    }

    /// <summary>Hands over the mask of each image and the classes predicted, (H, W) both, in the order of
    /// <paramref name="ids"/>; a few images at a time, in eval mode.</summary>
    /// <exception cref="InputException">the images have no masks</exception>
    internal static void PredictMasks(
        Segmenter model, ImageSet images, IReadOnlyList<int> ids, Device? device, Action<ReadOnlySpan<byte>,
        ReadOnlySpan<byte>> take)
    {
        var masks = images.Masks ?? throw new InputException("no test image has a mask");
        using var mode = model.Evaluating();
        var pixels = images.Height * images.Width;
        new PoolPass(images, [.. ids], device) { Batch = PoolPass.ForMasks(images) }.Each((x, some, _) =>
        {
            var predicted = model.call(x).argmax(-1).to(ScalarType.Byte).cpu().contiguous().bytes;   // (B, H, W)
            for (var i = 0; i < some.Length; i++) take(masks[some.Span[i]], predicted.Slice(i * pixels, pixels));
        });
    }

    public void Dispose()
    {
        _model.DrawDropoutFrom(null);
        _model.Convolutions = null;
        _optimizer.Dispose();
        _lossSum.Dispose();
        _random.Dispose();
    }

    private (Tensor X, Tensor Y) Batch()
    {
        using var scope = NewDisposeScope();
        _random.manual_seed(Seeds.Derive(_seed, "task.iteration", Iteration));
        var ids = _batches[Iteration];
        var x = _images.Batch(ids).to(_device);                                              // bytes
        x = _targets.Beside(x, ids);
        if (_o.Flip) x = Augment.Flip(x, _random);
        if (_o.Shift > 0) x = Augment.Shift(x, _o.Shift, _o.Border, _random);
        if (_o.Crop is { } side) x = Augment.Crop(x, side, _random);
        var (images, y) = _targets.Apart(x, ids);
        return (Augment.Normalise(images).MoveToOuterDisposeScope(), y.MoveToOuterDisposeScope());
    }
}
