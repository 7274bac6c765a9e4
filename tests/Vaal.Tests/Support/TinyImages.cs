using TorchSharp;
using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests;

/// <summary>Small pictures whose class can be seen (where the bright bar lies), and options under which training takes
/// milliseconds.</summary>
internal static class TinyImages
{
    public static readonly VaalOptions Vaal =
        new(VaalOptions.Balanced) { Width = 16, LatentDim = 4, Iterations = 3, BatchSize = 8 };
    public static readonly TaskOptions Task = new(TaskOptions.Default) { Epochs = 0, MinIterations = 3, BatchSize = 8 };

    /// <summary>Classes in turn: 0, 1, …, K−1, 0, …</summary>
    public static ImageSet Set(int count, int classes = 4, int channels = 1, int side = 32, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[count * channels * side * side];
        random.NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (id, row) = (i / (channels * side * side), i / side % side);
            pixels[i] = (byte)(pixels[i] / 4 + (row * classes / side == id % classes ? 180 : 20));
        }
        return new ImageSet(
            PixelStore.Copy(pixels), channels, side, side, [.. Enumerable.Range(0, count).Select(id => id % classes)]);
    }

    public static DataSet Data(int pool, int test = 20, int classes = 4) =>
        new("tiny", Set(pool, classes), Set(test, classes, seed: 2),
            [.. Enumerable.Range(0, classes).Select(c => $"class {c}")], [], $"{pool} {test} {classes}");

    /// <summary>A pool in which the first <paramref name="labelled"/> images have their label.</summary>
    public static Pool Pool(ImageSet images, int labelled)
    {
        var pool = new Pool(images);
        for (var id = 0; id < labelled; id++) pool.Label(id, images.Classes[id]);
        return pool;
    }

    /// <summary>
    /// The task model with a last layer under which passes with dropout disagree: the mean image's logits are 0, and
    /// dropping half of the features moves each logit by 4, so that every pass is rather sure of an answer of its own.
    /// </summary>
    public static TaskModel Disagreeing(Networks networks, ImageSet images)
    {
        var task = networks.Task;                                                    // trained while gradients are on
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using var eval = task.Evaluating();
        int[] some = [.. Enumerable.Range(0, Math.Min(images.Count, 64))];
        var f = task.Features(Augment.Normalise(images.Batch(some))).mean([0]);      // (F)
        var (weight, bias) = (task.get_parameter("head.weight")!, task.get_parameter("head.bias")!);
        var w = weight - weight.mv(f).unsqueeze(1) * f.unsqueeze(0) / f.dot(f);
        w = w * (4 / (w * f).square().sum([1], keepdim: true).sqrt());
        weight.copy_(w);
        bias.zero_();
        return task;
    }
}
