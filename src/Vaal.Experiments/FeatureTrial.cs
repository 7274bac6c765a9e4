using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Heads;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Experiments;

/// <summary>What learns from the labels in a run on features.</summary>
internal enum TrialHead
{
    Linear,

    /// <summary>One hidden layer.</summary>
    Mlp,

    /// <summary>Linear, with labels that spread over the pool where a cross-fit expects a gain.</summary>
    Transductive,
}

/// <summary>How a run on features goes.</summary>
internal sealed record TrialOptions
{
    /// <summary>A strategy, or <see cref="NextOptions.Auto"/>: what <c>vaal next</c> does by default.</summary>
    public required string Strategy { get; init; }

    /// <summary>Images chosen a round.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches; a head is tested after each.</summary>
    public required int Rounds { get; init; }

    /// <summary>The head that is tested. A strategy that needs a model uses a linear one in any case.</summary>
    public TrialHead Head { get; init; }

    /// <summary>Rows that are labelled before the first choice.</summary>
    public IReadOnlyList<int> First { get; init; } = [];

    /// <summary>Share of wrong answers of the oracle, 0..1.</summary>
    public double Noise { get; init; }

    public required long Seed { get; init; }
    public VaalOptions Vaal { get; init; } = VaalOptions.Balanced;
}

/// <summary>What a batch came to.</summary>
/// <param name="Labels">all labels so far</param>
/// <param name="Accuracy">on the test images, 0..1</param>
/// <param name="Picks">rows of the pool, best first</param>
internal sealed record TrialPoint(int Labels, double Accuracy, IReadOnlyList<int> Picks);

/// <summary>
/// Active learning on features that are known (Algorithm 2 with a head for the task model): choose, ask the oracle,
/// fit a head on all labels, test it, again. A strategy that needs labels begins with a random batch, which
/// is the same for all of them.
/// </summary>
internal static class FeatureTrial
{
    public static IReadOnlyList<TrialPoint> Run(FeatureTask task, TrialOptions o, CancellationToken cancel = default)
    {
        using var images = new ImageSet(PixelStore.Allocate(task.Count), 1, 1, 1, task.Classes);
        var (pool, features) = (new Pool(images), new FeatureSource(task.Pool, task.Width));
        var rows = UnitRows.Of(task.Pool, task.Width);
        var tests = UnitRows.Of(task.Test, task.Width, rows.Mean);
        var asked = tests.Copy([.. Enumerable.Range(0, tests.Count)]);
        foreach (var row in o.First) pool.Label(row, Answer(task, o, row));
        var points = new List<TrialPoint>();
        for (var round = 0; round < o.Rounds && pool.Unlabelled.Count > 0; round++)
        {
            var picks = Select(pool, features, o, Seeds.Derive(o.Seed, "round", round), cancel);
            foreach (var row in picks) pool.Label(row, Answer(task, o, row));
            points.Add(new(pool.Labelled.Count, Accuracy(Logits(pool, rows, asked, task, o, cancel), task), picks));
        }
        return points;
    }

    private static double[] Logits(Pool pool, UnitRows rows, float[] asked, FeatureTask task, TrialOptions o,
        CancellationToken cancel)
    {
        int[] labelled = [.. pool.Labelled], classes = [.. labelled.Select(pool.ClassOf)];
        if (o.Head == TrialHead.Transductive)
            return TransductiveHead.Fit(rows, labelled, classes, task.ClassCount, seed: o.Seed, cancel: cancel)
                .Head.Logits(asked);
        var given = HeadRows.Of(rows, labelled, classes, task.ClassCount);
        if (o.Head == TrialHead.Linear) return LinearHead.Fit(given, cancel: cancel).Logits(asked);
        using var mlp = MlpHead.Fit(given, seed: o.Seed, cancel: cancel);
        return mlp.Logits(asked);
    }

    private static IReadOnlyList<int> Select(Pool pool, FeatureSource features, TrialOptions o, long seed,
        CancellationToken cancel)
    {
        var classes = pool.Labelled.Select(pool.ClassOf).Distinct().Count();
        var name = o.Strategy == NextOptions.Auto
            ? new NextOptions().StrategyFor(LearningTask.For(LabelForm.Class), features: true, classes) : o.Strategy;
        var chosen = QueryStrategies.Create(name);
        if (classes < 2 && chosen.NeedsLabels) chosen = QueryStrategies.Create("random");
        using var networks = new Networks(pool, o.Vaal);
        return DiverseBatch.Ask(chosen, new Query
        {
            Pool = pool,
            Budget = Math.Min(o.Batch, pool.Unlabelled.Count),
            Seed = seed,
            Networks = networks,
            Features = features,
            Cancel = cancel,
        }, name).Ids;
    }

    // the same wrong answer for a row, whoever asks and whenever
    private static int Answer(FeatureTask task, TrialOptions o, int row)
    {
        if (o.Noise == 0) return task.Classes[row];
        var random = new Random((int)Seeds.Derive(o.Seed, "noise", row));
        if (random.NextDouble() >= o.Noise) return task.Classes[row];
        return (task.Classes[row] + 1 + random.Next(task.ClassCount - 1)) % task.ClassCount;
    }

    private static double Accuracy(double[] logits, FeatureTask task)
    {
        var right = 0;
        for (var i = 0; i < task.TestClasses.Length; i++)
            if (TensorPrimitives.IndexOfMax<double>(logits.AsSpan(i * task.ClassCount, task.ClassCount))
                == task.TestClasses[i]) right++;
        return (double)right / task.TestClasses.Length;
    }
}
