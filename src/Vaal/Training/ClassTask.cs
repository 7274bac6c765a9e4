using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Training;

/// <summary>One class an image: cross-entropy, tested by the share of images that are right.</summary>
internal sealed class ClassTask : LearningTask
{
    public override LabelForm Labels => LabelForm.Class;

    public override string Strategy(bool features, int classes) => (features, classes >= 2) switch
    {
        (true, true) => "uncertainty-coverage",
        (true, false) => "coverage",
        (false, true) => "badge",
        (false, false) => "typiclust",
    };

    // others are labelled, but not with a class
    public override bool CanLearn(Pool pool, int id) => pool.ClassOf(id) >= 0;

    public override TaskTargets Targets(Pool pool, int[] ids, int classes)
    {
        var known = ids.ToDictionary(id => id, id => (long)pool.ClassOf(id));
        foreach (var (id, c) in known)
            if (c >= classes)
                throw new InputException(
                    $"image {id} is labelled with class {c}; the task model has classes 0..{classes - 1}");
        return new ClassTargets(known);
    }

    public override (Tensor Sums, Tensor Counts) LossesByImage(Tensor logits, Tensor y, double smoothing)
    {
        var losses = cross_entropy(logits, y, reduction: nn.Reduction.None, label_smoothing: smoothing);   // (B)
        return (losses, ones_like(losses));
    }

    public override Tensor Loss(Tensor logits, Tensor y, double smoothing) =>
        cross_entropy(logits, y, label_smoothing: smoothing);

    public override Tensor? WithLoss(Tensor counts) => null;

    public override RoundScores Test(TaskModel model, ImageSet images, Device? device)
    {
        int[] known = [.. Enumerable.Range(0, images.Classes.Count).Where(id => Labels.IsKnown(images, id))];
        if (known.Length == 0) throw new InputException("no test image has a class");
        return new(Correct(model, images, known, device) / (double)known.Length);
    }

    public override TaskTest Test(
        TaskModel model, ImageSet images, IReadOnlyList<string> names, int[] tests, Device? device) =>
        new(Correct(model, images, tests, device), null);

    private static int Correct(TaskModel model, ImageSet images, int[] ids, Device? device)
    {
        using var scope = NewDisposeScope();
        long[] predicted = [.. TaskTrainer.Predict(model, images, ids, device).argmax(1).data<long>()];
        return ids.Where((id, i) => predicted[i] == images.Classes[id]).Count();
    }

    public override string? TooFew(string model, int classes) => classes switch
    {
        0 => $"no labelled image has a class, and a task model learns from classes; {NoLabelsNeeded}none",
        1 => "the labels name one class only, and a task model learns to tell classes apart; "
            + $"{NoLabelsNeeded}no classes",
        _ => null,
    };

    public override string? TooFew(
        string model, ImageSet images, IReadOnlyList<string> names, IReadOnlyList<int> labelled)
    {
        var classes = labelled.Select(id => images.Classes[id]).Distinct().Count();
        return classes >= 2 ? null
            : $"expected labels of at least two classes, found {(classes == 0 ? "no class" : "one class only")}; label "
                + "images in 'vaal serve' or with 'vaal import' (labels that are shapes need 'vaal train --task' with "
                + $"{NamesFor(LabelForm.Masks)})";
    }

    public override string Unsuited(string model) =>
        $"the task model {model} gives a class to each pixel, and the images have no masks; for classes of images "
            + $"there are: {string.Join(", ", Models)}";

    private sealed class ClassTargets(Dictionary<int, long> classes) : TaskTargets
    {
        public override Tensor Beside(Tensor x, ReadOnlySpan<int> ids) => x.alias();

        public override (Tensor X, Tensor Y) Apart(Tensor x, ReadOnlySpan<int> ids)
        {
            var y = new long[ids.Length];
            for (var i = 0; i < y.Length; i++) y[i] = classes[ids[i]];
            return (x.alias(), tensor(y, device: x.device));
        }
    }
}
