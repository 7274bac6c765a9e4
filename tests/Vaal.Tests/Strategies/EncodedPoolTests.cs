using TorchSharp;
using Vaal.Data;
using Vaal.Heads;
using Vaal.Scoring;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>
/// Strategies that read a task model's features or probabilities take an encoder's features and a linear head.
/// </summary>
public sealed partial class EncodedPoolTests : IDisposable
{
    private const int Count = 60, Width = 8;
    private readonly TemporaryFolder _folder = new();
    private readonly ImageSet _images = TinyImages.Set(Count);
    private readonly Pool _pool;
    private readonly Networks _networks;
    private readonly FeatureSource _source;
    private readonly float[] _values = MadeFeatures.Of(Count, Width, 3, seed: 4, spread: 1).Values;

    public EncodedPoolTests()
    {
        _pool = new Pool(_images);
        for (var id = 0; id < 12; id++) _pool.Label(id, id % 3);
        _networks = new(_pool, TinyImages.Vaal, TinyImages.Task, classes: 3);
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Count}, {Width}), }}\n";
        byte[] numbers = new byte[_values.Length * sizeof(float)];
        Buffer.BlockCopy(_values, 0, numbers, 0, numbers.Length);
        byte[] length = [(byte)header.Length, 0];
        var file = _folder.Write("x.npy",
            [0x93, .. "NUMPY"u8, 1, 0, .. length, .. System.Text.Encoding.ASCII.GetBytes(header), .. numbers]);
        _source = new(file, _images);
    }

    public void Dispose()
    {
        _networks.Dispose();
        _images.Dispose();
        _folder.Dispose();
    }

    private Query Query => new() { Pool = _pool, Budget = 9, Seed = 1, Networks = _networks, Features = _source };

    // of the unlabelled images, by hand
    private (float[] X, double[] P) ByHand()
    {
        var rows = Rows();
        int[] classes = [.. Enumerable.Range(0, 12).Select(id => id % 3)];
        var head = LinearHead.Fit(HeadRows.Of(rows.Copy([.. Enumerable.Range(48, 12)]), Width, classes, 3));
        var x = rows.Copy([.. Enumerable.Range(0, 48)]);
        return (x, head.Probabilities(x));
    }

    [Theory]
    [InlineData("margin"), InlineData("entropy"), InlineData("least-confidence")]
    public void Uncertainty_EncodersFeatures_RanksByTheLinearHead(string strategy)
    {
        Func<double[], double> score = strategy switch
        {
            "margin" => p => p.Order().ElementAt(1) - p.Max(),
            "entropy" => p => -p.Sum(q => q * Math.Log(q)),
            _ => p => 1 - p.Max(),
        };
        var expected = ByHand().P.Chunk(3).Select((p, i) => (Id: i + 12, Score: score(p)))
            .OrderByDescending(s => s.Score).Take(9).ToList();
        var found = QueryStrategies.Create(strategy).Select(Query);
        Assert.Equal(expected.Select(e => e.Id), found.Ids);
        Assert.All(expected.Zip(found.Scores), p => Assert.Equal(p.First.Score, p.Second, 1e-4));
        Assert.Equal(TimeSpan.Zero, _networks.TrainingTime);                         // no network was trained
    }

    // two classes at −1 and 1 on a line: heads that are fitted on other labels differ between them
    [Fact]
    public void SuggestiveAnnotation_TwoClassesOnALine_TakesWhatLiesBetween()
    {
        float[] values = [.. Enumerable.Range(0, Count).SelectMany(id => new[]
        {
            id < 12 ? (id % 2 == 0 ? -1f : 1f) : -1f + 2f * (id - 12) / 47, 0.3f + 0.001f * (id * 7 % 11),
        })];
        var pool = new Pool(_images);
        for (var id = 0; id < 12; id++) pool.Label(id, id % 2);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 2);
        var chosen = QueryStrategies.Create("suggestive-annotation").Select(new Query
        {
            Pool = pool,
            Budget = 4,
            Seed = 1,
            Networks = networks,
            Features = new FeatureSource(values, 2),
        });
        Assert.Equal(4, chosen.Ids.Distinct().Count());
        Assert.All(chosen.Ids, id => Assert.InRange(values[2 * id], -0.75f, 0.75f));
        Assert.Equal(TimeSpan.Zero, networks.TrainingTime);
    }

    /// <summary>Two classes so far apart that mixing changes nobody's class: what fills the batch is drawn.</summary>
    [Fact]
    public void AlphaMix_FewerCandidatesThanTheBudget_DrawsTheRest()
    {
        const int width = 32;
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, Count * width)
            .Select(i => (i % width == i / width % 2 ? 1f : 0f) + 0.01f * random.NextSingle())];
        var pool = new Pool(_images);
        for (var id = 0; id < 12; id++) pool.Label(id, id % 2);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 2);
        var query = new Query
        {
            Pool = pool,
            Budget = 9,
            Seed = 1,
            Networks = networks,
            Features = new FeatureSource(values, width),
        };
        int[] Drawn(long seed) =>
            [.. QueryStrategies.Create("alpha-mix").Select(query.With(seed: seed)).Ids.Order()];
        Assert.Equal(9, Drawn(1).Distinct().Count());
        Assert.Equal(3, new[] { Drawn(1), Drawn(2), [.. Enumerable.Range(12, 9)] }
            .Select(ids => string.Join(' ', ids)).Distinct().Count());
    }

    [Fact]
    public void CoreSet_EncodersFeatures_IsKCenterOnThem()
    {
        using var scope = torch.NewDisposeScope();
        var features = EncodedPool.Rows(Query);
        var expected = KCenter.Greedy(features.narrow(0, 0, 48), 9, features.narrow(0, 48, 12)).Order;
        Assert.Equal(expected.Select(i => i + 12), QueryStrategies.Create("core-set").Select(Query).Ids);
        Assert.Equal(ByHand().X, features.narrow(0, 0, 48).data<float>().ToArray());
        Assert.Equal(TimeSpan.Zero, _networks.TrainingTime);
    }

    [Theory]
    [InlineData("margin"), InlineData("entropy"), InlineData("badge"), InlineData("core-set"), InlineData("coverage")]
    [InlineData("uncertainty-coverage"), InlineData("facility-location"), InlineData("drop-query")]
    [InlineData("alpha-mix"), InlineData("suggestive-annotation")]
    public void Strategy_EncodersFeatures_KeepsToTheContract(string strategy)
    {
        var first = QueryStrategies.Create(strategy).Select(Query);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(first.Ids, QueryStrategies.Create(strategy).Select(Query).Ids);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(9, first.Ids.Distinct().Count());
        Assert.All(first.Ids, id => Assert.InRange(id, 12, Count - 1));
        Assert.Equal(TimeSpan.Zero, _networks.TrainingTime);
    }

    /// <summary>Coverage that weighs each unlabelled image by 1 − (p₁ − p₂) of the head by hand.</summary>
    [Fact]
    public void UncertaintyCoverage_EncodersFeatures_WeighsByHowUnsureTheHeadIs()
    {
        var expected = Cover(Gaussian, Unsure(ByHand().P));
        Assert.NotEqual(expected, Cover(Gaussian));                                  // the weights matter here
        Assert.Equal(expected, QueryStrategies.Create("uncertainty-coverage").Select(Query).Ids);
    }

    /// <summary>The same by the probabilities of a head that learns from spread labels too.</summary>
    [Fact]
    public void UncertaintyCoverage_OfSpreadLabels_WeighsByTheTransductiveHead()
    {
        var rows = Rows();
        int[] classes = [.. Enumerable.Range(0, 12).Select(id => id % 3)];
        var head = TransductiveHead.Fit(rows, [.. Enumerable.Range(48, 12)], classes, 3, seed: 1);
        Assert.True(head.Spreads);
        var weights = Unsure(head.Head.Probabilities(rows.Copy([.. Enumerable.Range(0, 48)])));
        Assert.NotEqual(Cover(Gaussian, Unsure(ByHand().P)), Cover(Gaussian, weights));
        Assert.Equal(Cover(Gaussian, weights), new UncertaintyCoverageStrategy(spreads: true).Select(Query).Ids);
    }

    /// <summary>The same greedy choice, with a Gaussian kernel of the reference's width or with the cosine.</summary>
    [Fact]
    public void CoverageAndFacilityLocation_EncodersFeatures_DifferInTheKernelAlone()
    {
        var (gaussian, cosine) = (Cover(Gaussian), Cover(_ => Coverage.Likeness.Cosine));
        Assert.NotEqual(gaussian, cosine);
        Assert.Equal(gaussian, QueryStrategies.Create("coverage").Select(Query).Ids);
        Assert.Equal(cosine, QueryStrategies.Create("facility-location").Select(Query).Ids);
    }

    private static readonly long CoverSeed = Seeds.Derive(1, "coverage", 0);

    private static Coverage.Likeness Gaussian(Coverage.UnitRows rows) =>
        Coverage.Likeness.Gaussian(Coverage.GreedyCover.Sigma(rows, 12, 9, CoverSeed));

    // the unlabelled images, then the labelled ones
    private Coverage.UnitRows Rows()
    {
        int[] order = [.. Enumerable.Range(12, 48), .. Enumerable.Range(0, 12)];
        return Coverage.UnitRows.Of([.. order.SelectMany(id => _values[(id * Width)..((id + 1) * Width)])], Width);
    }

    private IEnumerable<int> Cover(Func<Coverage.UnitRows, Coverage.Likeness> like, float[]? weights = null)
    {
        var rows = Rows();
        var cover = new Coverage.GreedyCover(rows, [.. Enumerable.Range(0, 48)], [.. Enumerable.Range(48, 12)], 9,
            like(rows), CoverSeed);
        return cover.Choose(9, weights).Picks.Select(i => i + 12);
    }

    private static float[] Unsure(double[] probabilities)
    {
        var weights = new float[Count];
        foreach (var (i, p) in probabilities.Chunk(3).Index())
        {
            double[] sorted = [.. p.OrderDescending()];
            weights[i] = (float)(1 - (sorted[0] - sorted[1]));
        }
        return weights;
    }

    /// <summary>ALFA-Mix chooses among the images whose class changes when a little of an anchor is mixed in; k-means
    /// begins where the seed says.</summary>
    [Fact]
    public void AlphaMix_EncodersFeatures_ChoosesAmongTheImagesWhoseClassChanges()
    {
        using var scope = torch.NewDisposeScope();
        var rows = Rows();
        int[] classes = [.. Enumerable.Range(0, 12).Select(id => id % 3)];
        var head = LinearHead.Fit(HeadRows.Of(rows.Copy([.. Enumerable.Range(48, 12)]), Width, classes, 3));
        var (weights, intercepts) = head.Coefficients();
        var features = torch.tensor(rows.Copy([.. Enumerable.Range(0, Count)]), [Count, Width]);
        var epsilon = LabelFlips.LeastEpsilon(torch.tensor(weights, [3, Width]).t(), torch.tensor(intercepts, [1, 3]),
            features.narrow(0, 0, 48), AlphaMixStrategy.Anchors(features.narrow(0, 48, 12), _pool, 3));
        int[] candidates = [.. AlphaMixStrategy.Candidates(epsilon, 6).Select(i => i + 12)];
        Assert.InRange(candidates.Length, 7, 30);
        IReadOnlyList<int> Of(long seed) =>
            QueryStrategies.Create("alpha-mix").Select(Query.With(budget: 6, seed: seed)).Ids;
        Assert.Subset(candidates.ToHashSet(), Of(1).ToHashSet());
        Assert.True(new long[] { 1, 2, 3, 4 }.Select(s => string.Join(' ', Of(s))).Distinct().Count() > 1);
    }

    [Fact]
    public void Margin_OneLabelledClass_IsRefusedInOneLine()
    {
        var pool = new Pool(_images);
        foreach (var id in new[] { 1, 4 }) pool.Label(id, 0);
        var e = Assert.Throws<InputException>(() => QueryStrategies.Create("margin")
            .Select(Query.With(pool: pool)));
        Assert.StartsWith("expected labels of at least two classes, found fewer", e.Message, StringComparison.Ordinal);
        Assert.Equal(9, QueryStrategies.Create("uncertainty-coverage").Select(Query.With(pool: pool)).Ids.Count);
    }
}
