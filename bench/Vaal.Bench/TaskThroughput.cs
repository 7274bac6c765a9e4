using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Bench;

/// <summary>
/// Training steps of the task models, images a second: ours against the same network with TorchSharp's SGD and images
/// prepared one by one, taking turns in one process, which is set up as ours is; medians. What is left between them is
/// the step around the network.
/// </summary>
internal static class TaskThroughput
{
    /// <summary>task-models [REPEATS] [MODEL[,…]]</summary>
    public static int Run(string[] args)
    {
        var repeats = args.Number(0, 5);
        foreach (var name in args.Length > 1 ? args[1].Split(',') : ["small-cnn", "resnet18", "vgg16", "small-seg"])
            Compare(name, repeats);
        return 0;
    }

    private static void Compare(string name, int repeats)
    {
        var options = new TaskOptions(TaskOptions.For(
            name))
        { MinIterations = 1_000_000, Shift = 4, BatchSize = TaskModels.Segments(name) ? 8 : 128 };
        var (side, classes) = TaskModels.Segments(name) ? (128, 11) : (32, 10);
        using var images = Noise(2 * options.BatchSize, side, classes, TaskModels.Segments(name));
        var pool = new Pool(images);
        for (var id = 0; id < images.Count; id++) pool.Label(id, images.Masks is null ? images.Classes[id] : 0);
        using TaskModel mine = TaskModels.Create(name, 3, classes)
            , low = TaskModels.Create(name, 3, classes), theirs = TaskModels.Create(name, 3, classes);
        using var trainer = new TaskTrainer(new(options) { Precision = Precision.Float32 }, mine, pool, seed: 1);
        using var lowTrainer = new TaskTrainer(new(options) { Precision = Precision.Bf16 }, low, pool, seed: 1);
        using var draws = new Generator(1);
        theirs.Reset(draws);
        theirs.DrawDropoutFrom(draws);
        theirs.train();
        using var sgd = optim.SGD(
            theirs.parameters(), options.LearningRate, options.Momentum, weight_decay: options.WeightDecay,
            nesterov: options.Nesterov);
        var random = new Random(1);
        List<double> plain = [], ours = [], lower = [], product = [];
        for (var i = 0; i <= repeats; i++)                                          // the first of each warms up
        {
            plain.Add(Seconds(() => PlainStep(theirs, images, sgd, options, random)));
            ours.Add(Seconds(trainer.Step));
            lower.Add(Seconds(lowTrainer.Step));
            product.Add(Seconds(Product));
        }
        double t = options.BatchSize / Median(plain), m = options.BatchSize / Median(ours),
            l = options.BatchSize / Median(lower);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}, {side} pixels, batch {options.BatchSize}: plain {t:0} images/s, ours {m:0} images/s, ratio " +
                $"{m / t:0.00}, in bf16 {l:0} images/s, ratio {l / t:0.00}; matrix product, float32: " +
                $"{2.0 * 2_048 * 2_048 * 2_048 / Median(product) / 1e9:0} GFLOP/s"));
    }

    private static void PlainStep(
        TaskModel model, ImageSet images, optim.Optimizer sgd, TaskOptions options, Random random)
    {
        using var scope = NewDisposeScope();
        int[] ids = [.. Enumerable.Range(0, options.BatchSize).Select(_ => random.Next(images.Count))];
        List<Tensor> x = [], y = [];
        foreach (var id in ids)
        {
            var image = Augment.Normalise(images.Batch([id]));
            var mask = images.Masks?.Batch([id]).squeeze(1).to(ScalarType.Int64);
            if (random.Next(2) == 0) (image, mask) = (image.flip(3), mask?.flip(2));
            var (row, column) = (random.Next(2 * options.Shift + 1), random.Next(2 * options.Shift + 1));
            image = pad(image, [options.Shift, options.Shift, options.Shift, options.Shift])
                .narrow(2, row, images.Height).narrow(3, column, images.Width);
            if (mask is not null)
                mask = pad(mask, [options.Shift, options.Shift, options.Shift, options.Shift], value: ImageSet.Ignore)
                    .narrow(1, row, images.Height).narrow(2, column, images.Width);
            x.Add(image);
            y.Add(mask ?? tensor((long[])[images.Classes[id]]));
        }
        var logits = model.call(cat([.. x]));
        var loss = images.Masks is null
            ? cross_entropy(logits, cat([.. y]))
            : cross_entropy(logits.flatten(0, 2), cat([.. y]).flatten(), ignore_index: ImageSet.Ignore);
        sgd.zero_grad();
        loss.backward();
        sgd.step();
    }

    private static void Product()
    {
        using var scope = NewDisposeScope();
        var a = ones(2_048, 2_048);
        a.mm(a);
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Skip(1).Order().ElementAt((values.Count - 1) / 2);

    private static ImageSet Noise(int count, int side, int classes, bool masks)
    {
        var random = new Random(1);
        var bytes = new byte[count * 3 * side * side];
        random.NextBytes(bytes);
        byte[] ids = [.. Enumerable.Range(0, masks ? count * side * side : 0).Select(_ => (byte)random.Next(classes))];
        return new ImageSet(PixelStore.Copy(bytes), 3, side, side, masks
            ? null
            : [.. Enumerable.Range(0, count).Select(i => i % classes)], masks: masks
            ? new ImageSet(PixelStore.Copy(ids), 1, side, side)
            : null);
    }
}
