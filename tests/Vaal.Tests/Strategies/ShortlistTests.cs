using CsCheck;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class ShortlistTests(ITestOutputHelper output)
{
    // errors from nothing to more than the scores differ by; scores with many ties
    private static readonly Gen<(int[] Ids, float[] Exact, float[] Rough, int Budget, int Seed)> Case =
        from n in Gen.Int[1, 3_000]
        from budget in Gen.Int[0, 400]
        from error in Gen.Int[-5, 1].Select(e => MathF.Pow(10, e) - 1e-5f)
        from steps in Gen.Int[0, 2].Select(i => new[] { 4f, 100f, 1e9f }[i])
        from seed in Gen.Int
        select Made(n, budget, error, steps, seed);

    private static (int[], float[], float[], int, int) Made(int n, int budget, float error, float steps, int seed)
    {
        var random = new Random(seed);
        float[] exact = [.. Enumerable.Range(0, n).Select(_ => MathF.Round(random.NextSingle() * steps) / steps)];
        return ([.. Enumerable.Range(0, n).Select(i => 7 * i + 3)], exact,
            [.. exact.Select(e => e + error * (2 * random.NextSingle() - 1))], budget, seed);
    }

    [Fact]
    public void Highest_RoughScoresThatAreOff_EqualsTopBOfTheExactOnes() => Case.Sample(c =>
    {
        var byId = c.Ids.Zip(c.Exact).ToDictionary(p => p.First, p => p.Second);
        var asked = new List<int>();
        var found = Shortlist.Highest(c.Ids, c.Rough, some =>
        {
            asked.AddRange(some);
            return [.. some.Select(id => byId[id])];
        }, c.Budget, c.Seed);
        var expected = TopB.Highest(c.Ids, c.Exact, c.Budget);
        Assert.Equal(expected.Ids, found.Ids);
        Assert.Equal(expected.Scores, found.Scores);
        Assert.Equal(asked.Count, asked.Distinct().Count());
    }, iter: 300);

    [Fact]
    public void Highest_SmallErrors_LeavesMostOfThePoolAlone()
    {
        var (ids, exact, rough, budget, seed) = Made(20_000, 500, 0.001f, 1e9f, 1);
        var asked = 0;
        Shortlist.Highest(ids, rough, some =>
        {
            asked += some.Length;
            return [.. some.Select(id => exact[(id - 3) / 7])];
        }, budget, seed);
        Assert.InRange(asked, 2 * budget, 2 * budget + 600);                       // twice the budget and the sample
    }

    [Fact]
    public void Highest_NotANumber_IsAnError() =>
        Assert.Throws<ArgumentException>(
            () => Shortlist.Highest(
                [1, 2, 3], [1, float.NaN, 3], some => [.. some.Select(id => id == 2 ? float.NaN : id)], 1, 1));

    [Fact]
    public void RanksIn_NoProcessorThatHasIt_NeverBFloat16()
    {
        foreach (var precision in Enum.GetValues<Precision>())
            Assert.False(BFloat16.RanksIn(precision, CPU, processor: false));
        Assert.True(BFloat16.RanksIn(Precision.Auto, CPU, processor: true));
        Assert.True(BFloat16.RanksIn(Precision.Bf16, CPU, processor: true));
        Assert.False(BFloat16.RanksIn(Precision.Float32, CPU, processor: true));
    }

    /// <summary>Also where bfloat16 is only emulated: the choice is float32's on any processor.</summary>
    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("cifar10", 6_000, 300)]
    [InlineData("embedded", 4_000, 25)]
    public void Highest_RealImages_ChoosesAsFloat32Does(string name, int count, int budget)
    {
        using var data =
            DataFormats.Load(name == "embedded" ? name : RealData.Folder(name), new LoadOptions { Size = 32 });
        using var images = data.Pool.Subset([.. Enumerable.Range(0, count)]);
        int[] ids = [.. Enumerable.Range(count / 10, count - count / 10)];
        using var trainer =
            new VaalTrainer(VaalOptions.Balanced, images, [.. Enumerable.Range(0, count / 10)], ids, seed: 1);
        trainer.Iterate(20);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, VaalOptions.Balanced, [], [], CPU);
        float[] exact = networks.Score(images, ids, seed: 1), rough = networks.ScoreRoughly(images, ids);
        var worst = exact.Zip(rough).Max(p => Math.Abs(p.First - p.Second));
        // it is bfloat16, and no more than that
        Assert.InRange(worst, 1e-5f, 1);
        var asked = 0;
        var found = Shortlist.Highest(ids, rough, some =>
        {
            asked += some.Length;
            return networks.ScoreExactly(images, some);
        }, budget, seed: 1);
        var expected = TopB.Highest(ids, exact, budget);
        Assert.Equal(expected.Ids, found.Ids);
        foreach (var (a, b) in expected.Scores.Zip(found.Scores)) Near.Relative(a, b, 1e-5, "score");
        var roughly = TopB.Highest(ids, rough, budget).Ids.Intersect(expected.Ids).Count();
        output.WriteLine(
            $"{name}: worst error {worst:G3}, {asked} of {ids.Length} scored again; bfloat16 alone has {roughly} of " +
            $"{budget}");
    }
}
