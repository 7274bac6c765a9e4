using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Training;

/// <summary>
/// A class for each pixel: cross-entropy over the pixels that have one, tested by the mean intersection over union.
/// </summary>
internal sealed class MaskTask : LearningTask
{
    public override LabelForm Labels => LabelForm.Masks;

    public override string Strategy(bool features, int classes) => features ? "coverage" : "vaal";

    public override bool CanLearn(Pool pool, int id) => Labels.IsKnown(pool.Images, id);

    public override TaskTargets Targets(Pool pool, int[] ids, int classes) => new MaskTargets(pool.Images);

    public override (Tensor Sums, Tensor Counts) LossesByImage(Tensor logits, Tensor y, double smoothing)
    {
        // the classes go before the pixels: libtorch does not vectorise a softmax over so few neighbours in memory
        var pixels = cross_entropy(                                                             // (B, H, W)
            logits.permute(0, 3, 1, 2), y, ignore_index: ImageSet.Ignore, reduction: nn.Reduction.None,
            label_smoothing: smoothing);
        return (pixels.sum([1, 2]), y.ne(ImageSet.Ignore).sum([1, 2]));
    }

    public override Tensor Loss(Tensor logits, Tensor y, double smoothing)
    {
        using var scope = NewDisposeScope();
        var (losses, counts) = LossesByImage(logits, y, smoothing);
        return Mean(losses, counts).MoveToOuterDisposeScope();
    }

    // a window in which no pixel has a class has no loss to predict
    public override Tensor? WithLoss(Tensor counts) => counts.gt(0);

    public override RoundScores Test(TaskModel model, ImageSet images, Device? device)
    {
        var scores = TaskTrainer.Confusion((Segmenter)model, images, device).Scores();
        return new(scores.MeanIou) { Masks = scores };
    }

    public override TaskTest Test(
        TaskModel model, ImageSet images, IReadOnlyList<string> names, int[] tests, Device? device)
    {
        var counts = new MaskCounts(model.Classes);
        TaskTrainer.PredictMasks((Segmenter)model, images, tests, device, counts.Add);
        var scores = counts.Total.Scores();
        return new(null, new(
            counts.MeanIou(seed: 1), scores.PixelAccuracy,
            [.. names.Zip(scores.ClassIou, (name, iou) => new ClassIou(name, iou))], images.Width, images.Height));
    }

    public override string? TooFew(string model, int classes) => classes > 0 ? null
        : $"no labelled image has shapes, and {model} learns a class for each pixel from them; {NoLabelsNeeded}none";

    public override string? TooFew(
        string model, ImageSet images, IReadOnlyList<string> names, IReadOnlyList<int> labelled)
    {
        if (labelled.Count == 0)
            return $"no label has shapes, and {model} learns a class for each pixel from them: 'vaal import' takes "
                + "PNG masks, COCO, Label Studio and CVAT. Models that learn from the "
                + $"class of an image: {NamesFor(LabelForm.Class)} (--task)";
        var masks = images.Masks!;
        int[] seen = [.. Enumerable.Range(0, names.Count).Where(c => labelled.Any(id => masks[id].Contains((byte)c)))];
        return seen.Length >= 2 ? null
            : $"all shapes are of the class {Text.Quote(names[seen[0]])}, and pixels without a shape are ignored, "
                + "so there is no second class; 'vaal init --background NAME' gives these pixels a class";
    }

    public override string Unsuited(string model) =>
        $"the task model {model} gives a class to each image, and the images have masks; for these there are: "
            + $"{string.Join(", ", Models)}";

    // a mask goes along as one more channel; complemented, so that zeros from outside are Ignore
    private sealed class MaskTargets(ImageSet images) : TaskTargets
    {
        public override Tensor Beside(Tensor x, ReadOnlySpan<int> ids)
        {
            using var scope = NewDisposeScope();
            var masks = images.Masks!.Batch(ids).to(x.device).bitwise_not();
            return cat([x, masks], 1).MoveToOuterDisposeScope();                                // (B, C + 1, H, W)
        }

        public override (Tensor X, Tensor Y) Apart(Tensor x, ReadOnlySpan<int> ids)
        {
            using var scope = NewDisposeScope();
            var y = x.select(1, images.Channels).bitwise_not().to(ScalarType.Int64);            // (B, H, W)
            return (x.narrow(1, 0, images.Channels).MoveToOuterDisposeScope(), y.MoveToOuterDisposeScope());
        }
    }
}
