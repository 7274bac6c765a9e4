using Vaal.Scoring;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>Scores and choices against the reference's numbers, and against numbers worked by hand.</summary>
public sealed class UncertaintyTests
{
    private const string Numbers = "baselines.safetensors", Choices = "baselines.json";

    public static IEnumerable<TheoryDataRow<string>> Folders => ParitySet.With(Numbers, Choices);

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Score, bool Largest)> Scores = new()
    {
        ["entropy"] = (p => Uncertainty.Entropy(p.mean([0])), true),
        ["margin"] = (p => Uncertainty.Margin(p.mean([0])), false),
        ["least_confidence"] = (p => Uncertainty.LeastConfidence(p.mean([0])), true),
        ["bald"] = (Uncertainty.MutualInformation, true),
        ["variation_ratio"] = (Uncertainty.VariationRatio, true),
        ["mean_std"] = (Uncertainty.MeanStd, true),
        ["expected_entropy"] = (Uncertainty.ExpectedEntropy, true),
    };

    [Theory, MemberData(nameof(Folders))]
    public void Score_OfTheReferencesProbabilities_IsTheReferences(string folder)
    {
        using var scope = NewDisposeScope();
        using var set = ParitySet.Open(folder);
        var p = set[Numbers, "mc.probs_TNC"];
        foreach (var (name, (score, _)) in Scores)
        {
            var expected = set[Numbers, $"mc.score.{name}"];
            Assert.Equal(expected.shape, score(p).shape);
            Assert.InRange((score(p) - expected).abs().max().item<double>(), 0, 1e-12);
        }
    }

    [Theory, MemberData(nameof(Folders))]
    public void TopB_OfTheReferencesScores_IsTheReferences(string folder)
    {
        using var scope = NewDisposeScope();
        using var set = ParitySet.Open(folder);
        var choices = set.Json(Choices);
        foreach (var (name, (_, largest)) in Scores)
        {
            var values = set[Numbers, $"mc.score.{name}"].data<double>()
                .Select(v => (float)(largest ? v : -v)).ToArray();
            var expected = choices.GetProperty(name).GetProperty("topb").EnumerateArray()
                .Select(e => e.GetInt32()).ToArray();
            Assert.Equal(expected, TopB.Highest([.. Enumerable.Range(0, values.Length)], values, expected.Length).Ids);
        }
    }

    [Fact]
    public void Scores_OfKnownProbabilities_AreThoseWorkedByHand()
    {
        using var scope = NewDisposeScope();
        var p = tensor(new[,] { { 0.5, 0.5, 0 }, { 1, 0, 0 } });                   // 0 · log 0 is 0
        Assert.Equal([Math.Log(2), 0], Uncertainty.Entropy(p).data<double>().ToArray(), Near);
        Assert.Equal([0, 1], Uncertainty.Margin(p).data<double>().ToArray(), Near);
        Assert.Equal([0.5, 0], Uncertainty.LeastConfidence(p).data<double>().ToArray(), Near);
        var t = stack([tensor(new[,] { { 1.0, 0 }, { 0.5, 0.5 } }), tensor(new[,] { { 0.0, 1 }, { 0.5, 0.5 } })]);
        // sure but at odds; unsure together
        Assert.Equal([Math.Log(2), 0], Uncertainty.MutualInformation(t).data<double>().ToArray(), Near);
        Assert.Equal([0.5, 0], Uncertainty.VariationRatio(t).data<double>().ToArray(), Near);
        Assert.Equal([Math.Log(2), 0], Uncertainty.VoteEntropy(t).data<double>().ToArray(), Near);
        Assert.Equal([1], Uncertainty.Margin(tensor(new[,] { { 1.0 } })).data<double>().ToArray(), Near);

        static bool Near(double a, double b) => Math.Abs(a - b) < 1e-12;
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("margin")]
    [InlineData("least-confidence")]
    [InlineData("core-set")]
    public void Strategy_Choice_IsBruteForces(string name)
    {
        using var scope = NewDisposeScope();
        using var images = TinyImages.Set(60);
        var pool = TinyImages.Pool(images, 20);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        networks.Task.eval();
        using var noGrad = no_grad();
        var outputs = Enumerable.Range(0, 60).Select(id =>                         // one by one: no batch mates
        {
            var x = tensor(Array.ConvertAll(images[id].ToArray(), b => (b / 255f - 0.5f) / 0.5f)).view(1, 1, 32, 32);
            var features = networks.Task.Features(x);
            return (Features: features.data<float>().ToArray(), P: networks.Task.Classify(features)
                .to(ScalarType.Float64).softmax(1).data<double>().ToArray());
        }).ToArray();
        int[] unlabelled = [.. pool.Unlabelled];
        int[] expected = name == "core-set"
            ? FarthestFirst(outputs.Select(o => o.Features).ToArray(), [.. pool.Labelled], unlabelled, 7)
            : [.. unlabelled.OrderByDescending(id => Unsure(outputs[id].P)).Take(7)];
        Assert.Equal(
            expected, QueryStrategies.Create(name)
            .Select(new() { Pool = pool, Budget = 7, Seed = 1, Networks = networks }).Ids);

        double Unsure(double[] p)
        {
            double[] sorted = [.. p.OrderDescending()];
            return name switch
            {
                "entropy" => -p.Sum(v => v * Math.Log(v)),
                "margin" => sorted[1] - sorted[0],
                _ => -sorted[0],
            };
        }
    }

    private static int[] FarthestFirst(float[][] features, List<int> covered, int[] unlabelled, int budget)
    {
        double Distance(int a, int b) =>
            features[a].Zip(features[b], (x, y) => ((double)x - y) * ((double)x - y)).Sum();
        var chosen = new List<int>();
        while (chosen.Count < budget)
        {
            var next = unlabelled.Except(chosen).MaxBy(id => covered.Min(c => Distance(id, c)));
            chosen.Add(next);
            covered.Add(next);
        }
        return [.. chosen];
    }
}
