using Vaal.Coverage;
using Vaal.Heads;

namespace Vaal.Tests.Strategies;

public sealed class LabelSpreadingTests
{
    /// <summary>Against the closed form: (1 − α)(I − α S)⁻¹ Y by MathNet; columns, then rows sum to 1.</summary>
    [Fact]
    public void Spread_SmallGraph_IsTheClosedForm()
    {
        const int n = 40, k = 3;
        var near = Neighbours.OfAll(UnitRows.Of(MadeFeatures.Of(n, 12, 3, seed: 6).Values, 12), 4);
        var w = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(n, n);
        for (var i = 0; i < n * 4; i++)
        {
            var weight = Math.Pow(Math.Max(0, 1 + near.Closeness[i]), 3);
            w[i / 4, near.Rows[i]] += weight;
            w[near.Rows[i], i / 4] += weight;
        }
        var d = w.RowSums().Map(s => 1 / Math.Sqrt(s));
        var s = w.MapIndexed((i, j, v) => v * d[i] * d[j]);
        int[] labelled = [0, 1, 2, 3, 4], classes = [0, 1, 1, 2, 0];
        var y = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(n, k);
        for (var i = 0; i < 5; i++) y[labelled[i], classes[i]] = 1.0 / classes.Count(c => c == classes[i]);
        var expected = (MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseIdentity(n) - 0.99 * s).Solve(y);
        expected = expected.MapIndexed((i, c, v) => v / expected.Column(c).Sum());
        var found = LabelSpreading.Of(near).Spread(labelled, classes, k);
        for (var i = 0; i < n; i++)
            for (var c = 0; c < k; c++)
            {
                var sum = expected.Row(i).Sum();
                Assert.Equal(sum > 1e-12 ? expected[i, c] / sum : 0, found[i * k + c], 2e-3);
            }
    }

    /// <summary>Each fold in turn, and all: as if only the labels of the others had been given.</summary>
    [Fact]
    public void Without_EachFold_IsTheSpreadOfTheOtherLabels()
    {
        const int n = 200, k = 3;
        var graph = LabelSpreading.Of(LabelSpreading.Near(
            UnitRows.Of(MadeFeatures.Of(n, 12, k, seed: 6).Values, 12)));
        int[] labelled = [3, 8, 20, 50, 90, 120, 121], classes = [0, 1, 1, 2, 0, 2, 1], fold = [0, 1, 0, 1, 1, 0, 2];
        int[] asked = [3, 7, 50, 199];
        var found = graph.Without(labelled, classes, fold, 3, k, asked);
        for (var t = 0; t <= 3; t++)
        {
            int[] kept = [.. Enumerable.Range(0, 7).Where(i => fold[i] != t)];
            float[] alone = graph.Spread([.. kept.Select(i => labelled[i])], [.. kept.Select(i => classes[i])], k);
            for (var i = 0; i < asked.Length; i++)
                for (var c = 0; c < k; c++) Assert.Equal(alone[asked[i] * k + c], found[t][i * k + c], 1e-3);
        }
    }

    [Fact]
    public void OfAll_LargePool_FindsNearlyAllNeighbours()
    {
        const int n = 17_000, k = 10; // over the size up to which all pairs are looked at
        var rows = UnitRows.Of(MadeFeatures.Of(n, 24, 30, seed: 2).Values, 24);
        var found = Neighbours.OfAll(rows, k);
        int[] some = [.. Enumerable.Range(0, 200).Select(i => i * 85)];
        var exact = Neighbours.Of(rows, some, [.. Enumerable.Range(0, n)], k);
        var same = some.Select((row, i) =>
            exact.Rows[(i * k)..((i + 1) * k)].Intersect(found.Rows[(row * k)..((row + 1) * k)]).Count()).Sum();
        Assert.InRange(same / (200.0 * k), 0.9, 1);
        for (var i = 0; i < n; i++) Assert.Equal(k, found.Rows[(i * k)..((i + 1) * k)]
            .Where(r => r >= 0 && r != i).Distinct().Count());
    }
}
