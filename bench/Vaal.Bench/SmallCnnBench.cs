using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Bench;

/// <summary>
/// Which small network, trained how: accuracy against processor time, for a handful of labels up to thousands.
/// Processor time on one thread, because it stays the same when other work shares the machine.
/// </summary>
internal static class SmallCnnBench
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>small-cnn DATA LABELS[,…] SEEDS DESIGN[,…] [--option VALUE]…; small-cnn speed CHANNELS BATCH
    /// [THREADS]</summary>
    public static int Run(string[] args)
    {
        if (args is ["speed", var channels, var batch, .. var threads])
            return Speed(int.Parse(channels, Invariant), int.Parse(batch, Invariant), threads is [var n]
                ? int.Parse(n, Invariant)
                : 1);
        if (args.Length < 4)
        {
            Console.Error.WriteLine(
                "small-cnn DATA LABELS[,…] SEEDS DESIGN[,…] [--iterations N] [--epochs N] [--batch N] [--lr X] " +
                "[--wd X] [--smooth X] [--shift N] [--schedule S] [--threads N] [--test N | --validation N]");
            Console.Error.WriteLine("small-cnn speed CHANNELS BATCH [THREADS]");
            foreach (var (name, (what, _)) in SmallCnnDesigns.All) Console.Error.WriteLine($"  {name}: {what}");
            return 1;
        }
        double Number(string name, double otherwise) =>
            args.Option("--" + name) is { } text ? double.Parse(text, Invariant) : otherwise;
        var o = TaskOptions.Default;
        o = new(o)
        {
            MinIterations = (int)Number("iterations", o.MinIterations),
            Epochs = (int)Number("epochs", o.Epochs),
            BatchSize = (int)Number("batch", o.BatchSize),
            LearningRate = Number("lr", o.LearningRate),
            WeightDecay = Number("wd", o.WeightDecay),
            LabelSmoothing = Number("smooth", o.LabelSmoothing),
            Shift = (int)Number("shift", o.Shift),
            Schedule = args.Option("--schedule") is { } schedule ? Enum.Parse<Schedule>(schedule) : o.Schedule,
        };
        using var data = DataFormats.Load(args[0], new LoadOptions { Size = 32 });
        // recipes are chosen on training images that no run learns from, so that the test images stay unseen
        var validation = (int)Number("validation", 0);
        using var drawn = First(data.Pool, data.Pool.Count - validation);
        using var test = validation > 0 ? data.Pool.Subset([.. Enumerable.Range(drawn.Count, validation)])
            : First(data.Test!, (int)Number("test", data.Test!.Count));
        Console.WriteLine("| design | labels | iterations | batch | lr | seeds | accuracy % | each | training CPU s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var labels in args[1].Split(',').Select(n => int.Parse(n, Invariant)))
            foreach (var design in args[3].Split(','))
                Console.WriteLine(
                    Row(drawn, data.ClassNames.Count, test, design, labels, args.Number(2), o,
                        (int)Number("threads", 1)));
        return 0;
    }

    private static string Row(
        ImageSet images, int classes, ImageSet test, string design, int labels, int seeds, TaskOptions o, int threads)
    {
        var (accuracies, seconds, iterations) = (new List<double>(), new List<double>(), 0);
        for (var seed = 1; seed <= seeds; seed++)
        {
            var pool = new Pool(images);
            foreach (var id in InitialPool.Draw(images, labels, InitialDraw.Stratified, seed, []))
                pool.Label(id, images.Classes[id]);
            using var model = SmallCnnDesigns.All[design].Create(images.Channels, classes);
            set_num_threads(threads);
            using var trainer = new TaskTrainer(o, model, pool, seed);
            seconds.Add(Cpu(() => trainer.Train()).TotalSeconds);
            accuracies.Add(100 * TaskTrainer.Accuracy(model, test));
            iterations = trainer.Iterations;
        }
        var each = string.Join(' ', accuracies.Select(a => a.ToString("0.0", Invariant)));
        return string.Create(
            Invariant,
            $"| {design} | {labels} | {iterations} | {o.BatchSize} | {o.LearningRate} | {seeds} "
            + $"| {accuracies.Average():0.0} | {each} | {seconds.Min():0.0} |");
    }

    /// <summary>
    /// Milliseconds of a training step and of predicting 256 images: the designs take turns, and of each the fastest
    /// tenth counts. On one thread: processor time; on more: by the clock.
    /// </summary>
    private static int Speed(int channels, int batch, int threads)
    {
        const int Images = 1_024, Rounds = 10, StepsARound = 2;
        var pixels = new byte[Images * channels * 32 * 32];
        new Random(1).NextBytes(pixels);
        using var images = new ImageSet(
            PixelStore.Copy(pixels), channels, 32, 32, [.. Enumerable.Range(0, Images).Select(i => i % 10)]);
        var pool = new Pool(images);
        for (var id = 0; id < Images; id++) pool.Label(id, id % 10);
        var options = new TaskOptions(TaskOptions.Default) { BatchSize = batch, MinIterations = 1_000_000 };
        int[] some = [.. Enumerable.Range(0, 256)];
        var contestants = SmallCnnDesigns.All.Select(d =>
        {
            var model = d.Value.Create(channels, 10);
            return (Name: d.Key, Model: model, Trainer: new TaskTrainer(options, model, pool, seed: 1),
                Steps: new List<double>(), Predictions: new List<double>());
        }).ToList();
        set_num_threads(threads);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var c in contestants)
            {
                for (var i = 0; i < StepsARound; i++) c.Steps.Add(Milliseconds(c.Trainer.Step, threads));
                c.Predictions.Add(Milliseconds(() => TaskTrainer.Predict(c.Model, images, some).Dispose(), threads));
            }
        }
        Console.WriteLine($"| design | weights | ms a step of {batch} | training images/s | ms to predict 256 |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var c in contestants)
        {
            var (step, predict) = (FastestTenth(c.Steps), FastestTenth(c.Predictions));
            Console.WriteLine(
                string.Create(
                    Invariant,
                    $"| {c.Name} | {c.Model.parameters().Sum(p => p.numel()):N0} | {step:0.0} | " +
                    $"{batch / step * 1000:0} | {predict:0.0} |"));
            c.Trainer.Dispose();
            c.Model.Dispose();
        }
        return 0;
    }

    private static double Milliseconds(Action action, int threads)
    {
        var clock = Stopwatch.StartNew();
        var cpu = Cpu(action);
        return (threads == 1 ? cpu : clock.Elapsed).TotalMilliseconds;
    }

    private static TimeSpan Cpu(Action action)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        action();
        process.Refresh();
        return process.TotalProcessorTime - before;
    }

    private static double FastestTenth(List<double> values) =>
        values.Order().Take(Math.Max(1, values.Count / 10)).Average();

    private static ImageSet First(ImageSet images, int count) =>
        images.Subset([.. Enumerable.Range(0, Math.Min(count, images.Count))]);
}
