using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>What strategies choose, worked out beside them from the task model's own outputs.</summary>
public sealed class StrategyScoresTests : IDisposable
{
    private readonly ImageSet _images = TinyImages.Set(60);
    private readonly Networks _networks;

    public StrategyScoresTests()
    {
        _networks = new Networks(TinyImages.Pool(_images, 20), TinyImages.Vaal, TinyImages.Task, classes: 4);
        TinyImages.Disagreeing(_networks, _images);
    }

    public void Dispose()
    {
        _networks.Dispose();
        _images.Dispose();
    }

    private Selection Select(string name, int budget) => QueryStrategies.Create(name).Select(
        new() { Pool = TinyImages.Pool(_images, 20), Budget = budget, Seed = 1, Networks = _networks });

    private static int[] Unlabelled => [.. Enumerable.Range(20, 40)];

    // (T, N, K)
    private double[][][] Passes(int passes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = Augment.Normalise(_images.Batch(Unlabelled));
        var p = DropoutPasses.Probabilities(_networks.Task, x, passes, Seeds.Derive(1, "dropout passes", 0));
        return [.. Enumerable.Range(0, passes).Select(t => Enumerable.Range(0, 40)
            .Select(i => p[t][i].to(ScalarType.Float64).data<double>().ToArray()).ToArray())];
    }

    private static double Entropy(IEnumerable<double> p) => -p.Sum(v => v > 0 ? v * Math.Log(v) : 0);

    // the entropy of the mean, not the mean of the entropies, which no further label would take away
    [Fact]
    public void McDropout_Scores_AreTheEntropyOfTheMeanOverPasses()
    {
        var p = Passes(DropoutStrategy.Passes);
        var chosen = Select("mc-dropout", 40);
        foreach (var (id, score) in chosen.Ids.Zip(chosen.Scores))
            Assert.Equal(Entropy(Enumerable.Range(0, 4).Select(k => p.Average(pass => pass[id - 20][k]))), score, 1e-3);
        var mean = Unlabelled.Max(id => p.Average(pass => Entropy(pass[id - 20])));
        Assert.True(chosen.Scores[0] > mean + 0.01, "the passes agree, so that the two entropies are the same");
    }

    [Fact]
    public void Dbal_Scores_AreWhatThePassesDisagreeBy()
    {
        var p = Passes(DropoutStrategy.Passes);
        var chosen = Select("dbal", 40);
        foreach (var (id, score) in chosen.Ids.Zip(chosen.Scores))
        {
            var mean = Enumerable.Range(0, 4).Select(k => p.Average(pass => pass[id - 20][k]));
            Assert.Equal(Entropy(mean) - p.Average(pass => Entropy(pass[id - 20])), score, 1e-3);
        }
    }

    // Algorithm 1 of Ash et al.: the gradient at the last layer is (p − onehot of the likeliest class) ⊗ features,
    // and the first choice is the longest. Without the one-hot it would be the surest image, with it the least sure.
    [Fact]
    public void Badge_FirstChoice_IsTheLongestGradient()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var task = _networks.Task;
        using var eval = task.Evaluating();
        double Length(int id)
        {
            var features = task.Features(Augment.Normalise(_images.Batch([id])));
            double[] h = [.. features.to(ScalarType.Float64).data<double>()];
            double[] p = [.. task.Classify(features).to(ScalarType.Float64).softmax(1).data<double>()];
            var likeliest = Array.IndexOf(p, p.Max());
            return h.Sum(v => v * v) * p.Select((v, k) => Math.Pow(v - (k == likeliest ? 1 : 0), 2)).Sum();
        }
        var first = Select("badge", 5).Ids[0];
        Assert.Equal(Unlabelled.Max(Length), Length(first), 1e-3 * Unlabelled.Max(Length));
        Assert.True(Length(first) > 2 * Unlabelled.Min(Length), "all gradients are alike");
    }
}
