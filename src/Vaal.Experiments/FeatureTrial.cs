using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Heads;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Experiments;

/// <summary>How a run on features goes.</summary>
internal sealed record TrialOptions
{
    /// <summary>A strategy, or <see cref="NextOptions.Auto"/>: what <c>vaal next</c> does by default.</summary>
    public required string Strategy { get; init; }

    /// <summary>Images chosen a round.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches; a linear head is tested after each.</summary>
    public required int Rounds { get; init; }

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
/// Active learning on features that are known (Algorithm 2 with a linear head for the task model): choose, ask the
/// oracle, fit a head on all labels, test it, again. A strategy that needs labels begins with a random batch, which
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
            int[] labelled = [.. pool.Labelled];
            var head = LinearHead.Fit(HeadRows.Of(rows.Copy(labelled), task.Width,
                [.. labelled.Select(pool.ClassOf)], task.ClassCount), cancel: cancel);
            points.Add(new(labelled.Length, Accuracy(head.Logits(asked), task), picks));
        }
        return points;
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
        return chosen.Select(new Query
        {
            Pool = pool,
            Budget = Math.Min(o.Batch, pool.Unlabelled.Count),
            Seed = seed,
            Networks = networks,
            Features = features,
            Cancel = cancel,
        }).Ids;
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
