using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Training;

/// <summary>
/// Several classes an image, or none: a sigmoid and a binary cross-entropy for each class, tested by the mean average
/// precision.
/// </summary>
internal sealed class MultiLabelTask : LearningTask
{
    // the others compute with one class per image
    private static readonly HashSet<string> _strategies =
    [
        "random", "vaal", "vaal-no-vae", "vaal-no-discriminator", "vaal-frozen-vae", "typiclust", "prob-cover",
        "coverage", "uncertainty-coverage", "facility-location", "core-set", "dal", "entropy", "margin",
        "least-confidence", "vaal-features",
    ];

    public override LabelForm Labels => LabelForm.Classes;

    public override string Strategy(bool features, int classes) => (features, classes >= 1) switch
    {
        (true, true) => "uncertainty-coverage",
        (true, false) => "coverage",
        _ => "vaal",
    };

    // a class that all labelled images have, or none, is no question
    public override int ClassesTold(Pool pool)
    {
        int[][] sets = [.. pool.Labelled.Select(id => pool.Images.ClassSets![id]).OfType<int[]>()];
        return sets.SelectMany(set => set).CountBy(c => c).Count(c => c.Value < sets.Length);
    }

    public override string? Refusal(string strategy) => _strategies.Contains(strategy) ? null
        : $"the strategy {strategy} chooses by the one class of an image, and these have several; for several labels "
            + $"there are: {string.Join(", ", _strategies.Order(StringComparer.Ordinal))}";

    public override int ClassesIn(Pool pool) =>
        pool.Labelled.SelectMany(id => pool.Images.ClassSets![id] ?? []).DefaultIfEmpty(-1).Max() + 1;

    public override bool CanLearn(Pool pool, int id) => Labels.IsKnown(pool.Images, id);

    public override TaskTargets Targets(Pool pool, int[] ids, int classes)
    {
        foreach (var id in ids)
            if (pool.Images.ClassSets![id]!.FirstOrDefault(c => c >= classes, -1) is >= 0 and var c)
                throw new InputException(
                    $"image {id} is labelled with class {c}; the task model has classes 0..{classes - 1}");
        return new SetTargets(pool.Images, classes);
    }

    // the mean over the classes, so that a loss does not grow with their number
    public override (Tensor Sums, Tensor Counts) LossesByImage(Tensor logits, Tensor y, double smoothing)
    {
        using var scope = NewDisposeScope();
        var soft = y * (1 - smoothing) + smoothing / 2;                                         // (B, K)
        var losses = binary_cross_entropy_with_logits(logits, soft, reduction: nn.Reduction.None).mean([1]);   // (B)
        return (losses.MoveToOuterDisposeScope(), ones_like(losses).MoveToOuterDisposeScope());
    }

    public override Tensor Loss(Tensor logits, Tensor y, double smoothing)
    {
        using var scope = NewDisposeScope();
        return LossesByImage(logits, y, smoothing).Sums.mean().MoveToOuterDisposeScope();
    }

    public override Tensor? WithLoss(Tensor counts) => null;

    // each class is a question of its own: yes or no
    public override Tensor Probabilities(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var p = logits.sigmoid();
        return stack([p, 1 - p], -1).MoveToOuterDisposeScope();                                 // (…, K, 2)
    }

    public override RoundScores Test(TaskModel model, ImageSet images, Device? device)
    {
        int[] known = [.. Enumerable.Range(0, images.Count).Where(id => Labels.IsKnown(images, id))];
        if (known.Length == 0) throw new InputException("no test image has classes");
        return RoundOf(Scores(model, images, known, device));
    }

    /// <summary>What a round of a simulation keeps of a test; its intervals come of the seeds.</summary>
    public static RoundScores RoundOf(MultiLabelScores scores)
    {
        var measured = new MultiLabelMeans(
            scores.MeanAveragePrecision(), scores.MacroF1(), scores.AveragePrecision());
        return new(measured.MeanAp) { MultiLabel = measured };
    }

    public override TaskTest Test(
        TaskModel model, ImageSet images, IReadOnlyList<string> names, int[] tests, Device? device) =>
        TestOf(Scores(model, images, tests, device), names);

    /// <summary>All that a workspace keeps of a test.</summary>
    public static TaskTest TestOf(MultiLabelScores scores, IReadOnlyList<string> names)
    {
        var (ap, f1) = (scores.AveragePrecision(), scores.F1());
        return new(null, null)
        {
            MultiLabel = new(scores.MeanAveragePrecision(seed: 1), scores.MacroF1(seed: 1),
                [.. names.Select((name, k) => new ClassAp(name, ap[k], f1[k]))]),
        };
    }

    /// <summary>Whether each image has each class, (N, K).</summary>
    public static bool[] Truth(ImageSet images, IReadOnlyList<int> ids, int classes)
    {
        var truth = new bool[ids.Count * classes];
        for (var i = 0; i < ids.Count; i++)
            foreach (var c in images.ClassSets![ids[i]]!) truth[i * classes + c] = true;
        return truth;
    }

    private static MultiLabelScores Scores(TaskModel model, ImageSet images, int[] ids, Device? device)
    {
        using var scope = NewDisposeScope();
        var p = TaskTrainer.Predict(model, images, ids, device).to(ScalarType.Float64).sigmoid();
        return new([.. p.data<double>()], Truth(images, ids, model.Classes), model.Classes);
    }

    public override string? TooFew(string model, int classes) => classes > 0 ? null
        : $"no labelled image has classes, and a task model learns from classes; {NoLabelsNeeded}none";

    public override string? TooFew(
        string model, ImageSet images, IReadOnlyList<string> names, IReadOnlyList<int> labelled)
    {
        var sets = labelled.Select(id => images.ClassSets![id]!).ToList();
        return Enumerable.Range(0, names.Count).Any(c => sets.Any(s => s.Contains(c)) && sets.Any(s => !s.Contains(c)))
            ? null
            : "no class divides the labelled images: each is in all of them or in none; label more images";
    }

    public override string Unsuited(string model) =>
        $"the task model {model} gives a class to each pixel, and the images have several classes each; for these "
            + $"there are: {string.Join(", ", Models)}";

    private sealed class SetTargets(ImageSet images, int classes) : TaskTargets
    {
        public override Tensor Beside(Tensor x, ReadOnlySpan<int> ids) => x.alias();

        public override (Tensor X, Tensor Y) Apart(Tensor x, ReadOnlySpan<int> ids)
        {
            var y = Truth(images, ids.ToArray(), classes).Select(t => t ? 1f : 0).ToArray();
            return (x.alias(), tensor(y, [ids.Length, classes], device: x.device));             // (B, K)
        }
    }
}
