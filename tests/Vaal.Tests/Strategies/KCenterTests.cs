using CsCheck;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

[Collection(RunsAlone.Name)]
public sealed class KCenterTests : IDisposable
{
    private readonly TorchThreads _two = new(2);

    public void Dispose() => _two.Dispose();

    private const string Json = "baselines.json", Tensors = "baselines.safetensors";

    public static IEnumerable<TheoryDataRow<string>> Sets => ParitySet.With(Json, Tensors);

    [Theory, MemberData(nameof(Sets))]
    public void Greedy_WithCoveredPoints_EqualsReference(string folder)
    {
        using var scope = NewDisposeScope();
        using var set = ParitySet.Open(folder);
        Equal(set, "kcenter", set[Tensors, "kcenter.features"],
            [.. set[Tensors, "kcenter.labelled"].data<long>().Select(l => (int)l)]);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Greedy_NothingCovered_EqualsReference(string folder)
    {
        using var scope = NewDisposeScope();
        using var set = ParitySet.Open(folder);
        Equal(set, "kcenter_no_labelled", set[Tensors, "kcenter.features"], []);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Greedy_Ties_TakesTheLowest(string folder)
    {
        using var scope = NewDisposeScope();
        using var set = ParitySet.Open(folder);
        var labelled = set.Json(Json).GetProperty("kcenter_ties").GetProperty("labelled").EnumerateArray()
            .Select(e => e.GetInt32());
        Equal(set, "kcenter_ties", set[Tensors, "kcenter_ties.features"], [.. labelled]);
    }

    /// <summary>In float64 to the last digits, in float32 the same choice.</summary>
    private static void Equal(ParitySet set, string name, Tensor features, int[] labelled)
    {
        var expected = set.Json(Json).GetProperty(name);
        int[] order = [.. expected.GetProperty("order").EnumerateArray().Select(e => e.GetInt32())];
        int[] free = [.. Enumerable.Range(0, (int)features.shape[0]).Except(labelled)];
        Tensor Rows(int[] ids, ScalarType type) =>
            features.index_select(0, tensor(Array.ConvertAll(ids, i => (long)i))).to(type);
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            var (chosen, distances) =
                KCenter.Greedy(Rows(free, type), order.Length, labelled.Length == 0 ? null : Rows(labelled, type));
            Assert.Equal(order, chosen.Select(i => free[i]));
            foreach (
                var (distance, reference) in distances.Zip(
                    expected.GetProperty("distance_at_selection").EnumerateArray()))
                if (reference.ValueKind != System.Text.Json.JsonValueKind.Null)
                    Near.Relative(reference.GetDouble(), distance, type == ScalarType.Float64 ? 1e-9 : 1e-5, name);
        }
    }

    private static readonly Gen<int[][]> Points = Gen.Int[0, 5].Array[2].Array[1, 12];

    [Fact]
    public void Greedy_SmallGrids_EqualsBruteForce() =>
        Gen.Select(Points, Gen.Int[0, 4], Gen.Int[1, 14]).Sample((points, covered, budget) =>
    {
        covered = Math.Min(covered, points.Length - 1);
        using var scope = NewDisposeScope();
        var all = tensor([.. points.SelectMany(p => p).Select(v => (float)v)]).view(points.Length, 2);
        var (order, _) = KCenter.Greedy(
            all.narrow(0, covered, points.Length - covered), budget, covered == 0 ? null : all.narrow(0, 0, covered));
        return order.SequenceEqual(BruteForce(points[covered..], points[..covered], budget));
    });

    /// <summary>Far from the origin, tiny, huge, and with copies: what a float32 distance gets wrong, or loses
    /// altogether.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Greedy_WhereFloat32IsNotEnough_ChoosesAsFloat64Does() =>
        Gen.Select(
            Gen.Int[1, 70], Gen.Int[2, 300], Gen.Int[0, 100], Gen.Int[0, 3]
            .Select(i => new[] { 1e-22f, 1e-3f, 1f, 1e22f }[i]), Gen.Int[0, 1].Select(i => 1e3f * i), Gen.Int)
            .Sample((width, n, covered, scale, offset, seed) =>
    {
        var random = new Random(seed);
        float[][] points = [
            .. Enumerable.Range(0, n)
            .Select(_ => Enumerable.Range(0, width).Select(_ => scale * (offset + random.NextSingle())).ToArray())];
        for (var copies = n / 10; copies > 0; copies--) points[random.Next(n)] = points[random.Next(n)];
        covered = Math.Min(covered, n - 1);
        using var scope = NewDisposeScope();
        var all = tensor(points.SelectMany(p => p).ToArray(), [n, width]);
        var (order, distances) =
            KCenter.Greedy(all.narrow(0, covered, n - covered), n / 2, covered == 0 ? null : all.narrow(0, 0, covered));
        var (expected, far) = PlainLoop(points[covered..], points[..covered], n / 2);
        return order.SequenceEqual(expected)
            && distances.Zip(far).All(p => p.First == p.Second || Math.Abs(p.First - p.Second) <= 1e-12 * p.Second);
    }, iter: 200);

    /// <summary>More of both than one block of pairs has; points that are covered themselves, and many that are equally
    /// near to several.</summary>
    [Fact]
    public void Greedy_MoreCoveredThanABlockHolds_ChoosesAsThePlainLoopDoes()
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        float[][] points = [
            .. Enumerable.Range(0, 3_600)
            .Select(_ => Enumerable.Range(0, 3).Select(_ => (float)random.Next(20)).ToArray())];
        var all = tensor(points.SelectMany(p => p).ToArray(), [3_600, 3]);
        var (order, distances) = KCenter.Greedy(all.narrow(0, 2_300, 1_300), 40, all.narrow(0, 0, 2_300));
        var (expected, far) = PlainLoop(points[2_300..], points[..2_300], 40);
        Assert.Equal(expected, order);
        Assert.Equal(far, distances);
    }

    private static (List<int>, List<double>) PlainLoop(float[][] points, float[][] covered, int budget)
    {
        var nearest = points.Select(
            p => covered.Length == 0 ? double.PositiveInfinity : covered.Min(c => Squared(p, c))).ToArray();
        var (order, distances) = (new List<int>(), new List<double>());
        while (order.Count < Math.Min(budget, points.Length))
        {
            var next = Array.IndexOf(nearest, nearest.Max());
            order.Add(next);
            distances.Add(Math.Sqrt(nearest[next]));
            for (var i = 0; i < points.Length; i++) nearest[i] = Math.Min(nearest[i], Squared(points[i], points[next]));
            foreach (var i in order) nearest[i] = -1;
        }
        return (order, distances);
    }

    private static double Squared(float[] a, float[] b) =>
        a.Zip(b).Sum(p => ((double)p.First - p.Second) * ((double)p.First - p.Second));

    [Fact]
    public void Greedy_NotANumber_IsAnErrorAndEnds()
    {
        using var scope = NewDisposeScope();
        var points = ones([100, 3]);
        points[40][1].fill_(float.NaN);
        Assert.Throws<ArgumentException>(() => KCenter.Greedy(points, 10));
        Assert.Throws<ArgumentException>(() => KCenter.Greedy(points, 10, ones([4, 3])));
        Assert.Throws<ArgumentException>(() => KCenter.Greedy(ones([4, 3]), 2, points));
        Assert.Throws<ArgumentException>(() => KCenter.PlusPlus(points, 10, 1));
    }

    /// <summary>The definition: the point whose nearest centre is farthest, the lowest of several; the first where
    /// there is no centre.</summary>
    private static List<int> BruteForce(int[][] points, int[][] centres, int budget)
    {
        var chosen = new List<int>();
        var known = centres.ToList();
        while (chosen.Count < Math.Min(budget, points.Length))
        {
            var next = Enumerable.Range(0, points.Length).Except(chosen)
                .MaxBy(i => known.Count == 0 ? -i : known.Min(c => Squared(c, points[i])));
            chosen.Add(next);
            known.Add(points[next]);
        }
        return chosen;
    }

    private static int Squared(int[] a, int[] b) => (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);

    [Fact]
    public void PlusPlus_AnyPoints_AreDistinctAndRepeatable() =>
        Gen.Select(Points, Gen.Int[1, 14], Gen.Long).Sample((points, budget, seed) =>
    {
        using var scope = NewDisposeScope();
        var all = tensor([.. points.SelectMany(p => p).Select(v => (float)v)]).view(points.Length, 2);
        var chosen = KCenter.PlusPlus(all, budget, seed);
        return chosen.Distinct().Count() == Math.Min(budget, points.Length)
            && chosen.All(i => i >= 0 && i < points.Length)
            && chosen.SequenceEqual(KCenter.PlusPlus(all, budget, seed));
    });

    [Fact]
    public void PlusPlus_FourFarClusters_MeetsEach()
    {
        using var scope = NewDisposeScope();
        // 4 clusters of 25 points, a thousand apart, one apart within: a fifth draw inside a cluster has odds of one in
        // a hundred thousand
        var points =
            tensor([.. Enumerable.Range(0, 100).SelectMany(i => new[] { 1000f * (i % 4), i / 4 / 25f })]).view(100, 2);
        for (var seed = 0; seed < 20; seed++)
            Assert.Equal([0, 1, 2, 3], KCenter.PlusPlus(points, 4, seed).Select(i => i % 4).Order());
    }

    /// <summary>As above, where two clusters have a point already: also the first draw is away from it.</summary>
    [Fact]
    public void PlusPlus_PointsThatAreCovered_MeetsTheOtherClusters()
    {
        using var scope = NewDisposeScope();
        var points =
            tensor([.. Enumerable.Range(0, 100).SelectMany(i => new[] { 1000f * (i % 4), i / 4 / 25f })]).view(100, 2);
        var covered = tensor(new[] { 1000f, 0.5f, 3000f, 0.5f }).view(2, 2);
        for (var seed = 0; seed < 20; seed++)
            Assert.Equal([0, 2], KCenter.PlusPlus(points, 2, seed, covered).Select(i => i % 4).Order());
        Assert.Equal(KCenter.PlusPlus(points, 9, 1), KCenter.PlusPlus(points, 9, 1, zeros(0, 2)));
    }

    [Fact]
    public void Greedy_LeavesNoTensorBehind()
    {
        using var points = rand(50, 3);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        KCenter.Greedy(points, 10);
        KCenter.PlusPlus(points, 10, 1);
        KCenter.PlusPlus(points, 10, 1, points);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
