using System.Diagnostics;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Workspaces;

/// <summary>Chooses one batch from a pool: trains, ranks, thins out, judges. Knows no database.</summary>
/// <param name="pool">labelled and unlabelled images; the test set is not in it</param>
/// <param name="group">number of an image's group of near-duplicates, or null</param>
/// <param name="waiting">unlabelled images that were chosen before and wait for their labels</param>
/// <param name="checkpoints">a folder for going on after a stop; null: nowhere</param>
/// <param name="key">tells this choice from any other</param>
internal sealed class Choice(Pool pool, Func<int, int?> group, IReadOnlySet<int> waiting, NextOptions options, Device device,
    string? checkpoints = null, string key = "", Action<TrainEvent>? report = null, CancellationToken cancel = default)
{
    /// <summary>How many classes a task model is to tell apart; null: those of the labelled images.</summary>
    public int? Classes { get; init; }

    /// <summary>What came of it.</summary>
    /// <param name="Reasons">of each image, in words</param>
    public sealed record Result(Selection Selection, IReadOnlyList<string> Reasons, bool ColdStart, RankingHealth? Health, HealthVerdict? Verdict);

    /// <param name="save">is given the networks while they are there, and what they chose</param>
    /// <exception cref="InputException">no image is left to choose</exception>
    public Result Make(Action<Networks, Selection>? save = null)
    {
        int[] offer = options.Diverse
            ? DiverseBatch.Offer(pool, group, waiting, options.Budget)
            : [.. pool.Unlabelled.Where(id => !waiting.Contains(id))];
        if (offer.Length == 0) throw new InputException(waiting.Count == 0
            ? "every image of the pool has a label; there is nothing left to choose"
            : $"every image of the pool has a label or waits for one: {waiting.Count} that earlier rounds chose have none yet");

        var strategy = QueryStrategies.Create(options.Strategy);
        using var networks = Train(checkpoints, options.Seed);
        var cold = pool.Labelled.Count == 0 && strategy.NeedsLabels;
        var selection = cold ? SpreadOut(offer, networks) : Best(offer, strategy, networks);
        IReadOnlyList<string> reasons = [.. selection.Ids.Select((_, i) => cold ? "spread-out first batch" : strategy.Reason(i < selection.Scores.Count ? selection.Scores[i] : null))];
        save?.Invoke(networks, selection);
        var health = networks.TrainedVaal is null ? null : Health(networks);
        return new(selection, reasons, cold, health, cold || health is null ? null : HealthVerdict.Of(health));
    }

    private Selection Best(int[] offer, IQueryStrategy strategy, Networks networks)
    {
        var query = new Query
        {
            Pool = Of(offer),
            Budget = Math.Min(offer.Length, options.Budget),
            Seed = Seeds.Derive(options.Seed, "select", 0),
            Networks = networks,
            Report = report,
            Cancel = cancel,
        };
        return Diverse.Select(strategy, query, options.Diverse ? options.Candidates : 1);
    }

    private Selection SpreadOut(int[] offer, Networks networks)
    {
        using var latent = networks.Vaal.Latent(pool.Images, offer, report, cancel);
        return new([.. KCenter.PlusPlus(latent, options.Budget, Seeds.Derive(options.Seed, "first batch", 0)).Select(i => offer[i])], []);
    }

    private RankingHealth Health(Networks networks)
    {
        var health = RankingHealth.Measure(networks.Vaal, pool.Images, options.Seed, [.. pool.Labelled, .. pool.Unlabelled]);
        if (!options.Thorough || pool.Labelled.Count == 0) return health;
        using var second = Train(checkpoints is null ? null : Path.Combine(checkpoints, "second"), Seeds.Derive(options.Seed, "second training", 0));
        return health.ComparedWith(second.Vaal, networks.Vaal, pool.Images, [.. pool.Unlabelled], options.Seed);
    }

    private Networks Train(string? folder, long seed)
    {
        if (folder is not null) Directory.CreateDirectory(folder);
        var classes = Classes ?? pool.Labelled.Select(pool.ClassOf).DefaultIfEmpty(-1).Max() + 1;
        return new(pool, options.Vaal, options.Task, classes, seed, device)
        {
            Report = report,
            Cancel = cancel,
            Checkpoints = folder,
            Key = key,
            PixelReduction = options.PixelReduction,
            TopPixels = options.TopPixels,
        };
    }

    private Pool Of(int[] offer)
    {
        var offered = new Pool(pool.Images, [.. pool.Labelled, .. offer]);
        foreach (var id in pool.Labelled) offered.Label(id, pool.ClassOf(id));
        return offered;
    }

    /// <summary>How many iterations take so long here, by trying: a few seconds, or a twentieth of the time where that is less.</summary>
    public static int IterationsIn(TimeSpan time, VaalOptions options, Pool pool, Device device, CancellationToken cancel = default)
    {
        const int warmUp = 3, atOnce = 5;
        using var trainer = new VaalTrainer(options, pool.Images.Squared(options.SizeFor(pool.Images)), [.. pool.Labelled], [.. pool.Unlabelled], seed: 0, device: device);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, options, [], [], device);
        trainer.Iterate(warmUp);
        var (clock, trial) = (Stopwatch.StartNew(), TimeSpan.FromSeconds(Math.Min(5, time.TotalSeconds / 20)));
        do
        {
            cancel.ThrowIfCancellationRequested();
            trainer.Iterate(atOnce);
        }
        while (clock.Elapsed < trial);
        var each = clock.Elapsed.TotalSeconds / (trainer.Iteration - warmUp);
        return (int)Math.Clamp(time.TotalSeconds / each, 1, 10_000_000);
    }
}
