using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary>
/// The two objectives on real images, on a small scale: 400 labelled images of Fashion-MNIST that lack two classes,
/// 1,200 unlabelled ones. docs/results/ has the same at full size.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ItWorksTests(ITestOutputHelper output)
{
    // the presets but for size and length
    private static readonly VaalOptions Balanced =
        new(VaalOptions.Balanced) { Width = 16, BatchSize = 16, Iterations = 150, VaeLearningRate = 2e-3 };
    private static readonly VaalOptions Official = new(VaalOptions.Official)
    {
        Width = 16,
        BatchSize = 16,
        Iterations = 75,
        VaeLearningRate = 2e-3,
        HoldOut = 0.1
    };

    // measured, seed 1: 32 active units; reconstruction 0.44 of the mean image's error; 3.7 times as often
    [Fact]
    public void Balanced_LabelledPoolLacksTwoClasses_FindsThem()
    {
        var (health, enrichment) = Measure(Balanced, seed: 1);
        Assert.True(health.ActiveUnits > 20, $"{health.ActiveUnits} active units");
        Assert.True(health.ReconstructionMse < 0.75 * health.MeanImageMse, $"{health}");
        Assert.True(enrichment > 1.2, $"missing classes {enrichment:0.00} times as often as by chance");
    }

    // measured, seed 1: no active unit; 2.5 times the mean image's error
    [Fact]
    public void Official_LabelledPoolLacksTwoClasses_Collapses()
    {
        var (health, _) = Measure(Official, seed: 1);
        Assert.True(health.ActiveUnits <= 2, $"{health.ActiveUnits} active units");
        Assert.True(health.ReconstructionMse > 0.95 * health.MeanImageMse, $"{health}");
    }

    private (RankingHealth Health, double Enrichment) Measure(VaalOptions options, long seed)
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        using var images = data.Pool.Subset([.. Chosen(data.Pool, seed)]);
        var pool = new Pool(images);
        for (var id = 0; id < 400; id++) pool.Label(id, images.Classes[id]);
        using var networks = new Networks(pool, options, seed: seed);
        var picks = QueryStrategies.Create("vaal")
            .Select(new Query { Pool = pool, Budget = 200, Seed = seed, Networks = networks }).Ids;
        var health = HealthCheck.Measure(networks.Vaal, images, seed);
        double Share(IReadOnlyCollection<int> ids) => ids.Count(id => Missing(images.Classes[id])) / (double)ids.Count;
        var enrichment = Share([.. picks]) / Share([.. pool.Unlabelled]);
        output.WriteLine($"{options.Scale}, seed {seed}: {health}, enrichment {enrichment:0.00}");
        return (health, enrichment);
    }

    // trousers and bags
    private static bool Missing(int c) => c is 1 or 8;

    /// <summary>400 images without the missing classes, then 1,200 of all.</summary>
    private static IEnumerable<int> Chosen(ImageSet all, long seed)
    {
        int[] ids = [.. Enumerable.Range(0, all.Count)];
        new Random((int)Seeds.Derive(seed, "it works", 0)).Shuffle(ids);
        var labelled = ids.Where(id => !Missing(all.Classes[id])).Take(400).ToList();
        return labelled.Concat(ids.Except(labelled).Take(1_200));
    }
}
