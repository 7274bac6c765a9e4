using System.Text;
using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class VaalFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const int Count = 160, Width = 16;
    private static readonly VaalOptions Options = new(TinyImages.Vaal) { BatchSize = 32, LatentDim = 8 };

    /// <summary>Four groups of features in turn, labels on three of them: the fourth looks least labelled.</summary>
    [Fact]
    public void Select_GroupThatTheLabelledLack_IsChosen()
    {
        using var images = TinyImages.Set(Count);
        var pool = PartlyLabelled(images);
        using var networks = new Networks(pool, new(Options) { Iterations = 60 });
        var (ids, scores) = QueryStrategies.Create("vaal-features").Select(Ask(pool, networks));
        Assert.InRange(ids.Count(id => id % 4 == 3), 17, 20);                        // by chance: 9
        Assert.Equal(scores.OrderDescending(), scores);
    }

    [Fact]
    public void Select_Scores_AreThoseOfAlgorithm1OnTheUnlabelledAndTheLabelledRows()
    {
        using var images = TinyImages.Set(Count);
        var pool = PartlyLabelled(images);
        var options = new VaalOptions(Options) { Iterations = 5 };
        using var networks = new Networks(pool, options);
        var query = Ask(pool, networks);
        var (ids, scores) = QueryStrategies.Create("vaal-features").Select(query);

        using var scope = NewDisposeScope();
        using var rows = new FeatureExamples(query.Features.Of(query, [.. pool.UnlabelledIds, .. pool.LabelledIds]));
        var free = pool.UnlabelledIds.Length;
        using var trainer = new VaalTrainer(options, rows, labelled: [.. Enumerable.Range(free, Count - free)],
            unlabelled: [.. Enumerable.Range(0, free)], Seeds.Derive(query.Seed, "vaal-features", 0));
        using var vae = trainer.AutoEncoder;
        using var d = trainer.D;
        trainer.Train();
        using var eval = vae.Evaluating();
        using var inference = inference_mode();
        int[] at = [.. ids.Select(id => Array.IndexOf(pool.UnlabelledIds, id))];
        Near.Absolute(-d.call(vae.Mean(rows.Rows)).flatten()[tensor(at)], tensor(scores.ToArray()), 1e-5);
    }

    /// <summary>Batch normalisation has no statistics of one row.</summary>
    [Fact]
    public void Select_OneLabelledImage_PassesThatAreSeparateInThePaper_GivesFiniteScores()
    {
        using var images = TinyImages.Set(Count);
        var pool = TinyImages.Pool(images, 1);
        using var networks = new Networks(pool,
            new(VaalOptions.Official) { Iterations = 3, BatchSize = 8, LatentDim = 8 });
        var scores = QueryStrategies.Create("vaal-features").Select(Ask(pool, networks)).Scores;
        Assert.All(scores, s => Assert.True(float.IsFinite(s)));
        Assert.Equal(20, scores.Count);
    }

    private static Pool PartlyLabelled(ImageSet images)
    {
        var pool = new Pool(images);
        for (var id = 0; id < 80; id++)
            if (id % 4 < 3) pool.Label(id, id % 4);
        return pool;
    }

    private Query Ask(Pool pool, Networks networks)
    {
        var random = new Random(1);
        float[] centres = [.. Enumerable.Range(0, 4 * Width).Select(_ => 6 * random.NextSingle() - 3)];
        float[] values = [.. Enumerable.Range(0, Count * Width)
            .Select(i => centres[i / Width % 4 * Width + i % Width] + random.NextSingle())];
        var numbers = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, numbers, 0, numbers.Length);
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Count}, {Width}), }}\n";
        var file = _folder.Write("x.npy",
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. numbers]);
        return new()
        {
            Pool = pool,
            Budget = 20,
            Seed = 1,
            Networks = networks,
            Features = new(file, pool.Images),
        };
    }
}
