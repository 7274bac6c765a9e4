using Vaal.Coverage;
using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>Images that are nearly the same count as one where labels spread.</summary>
public sealed class NearCopiesTests
{
    /// <summary>Cosines of neighbours are 0.985; the third is too far from the first, and stands for the
    /// fourth.</summary>
    [Fact]
    public void FirstOf_RowsInAChain_IsAFirstRowNearEnough()
    {
        double[] degrees = [0, 10, 20, 30, 120];
        float[] values = [.. degrees.Select(d => d / 180 * Math.PI).SelectMany(a =>
            new[] { (float)Math.Cos(a), (float)Math.Sin(a) })];
        var rows = UnitRows.Of(values, 2, [0, 0]);
        Assert.Equal([0, 0, 2, 2, 4], NearCopies.FirstOf(rows, Neighbours.OfAll(rows, 4)));
    }

    /// <summary>Bursts of fifteen, of images with and without a label, change nothing at all: the head is that of the
    /// pool without them.</summary>
    [Fact]
    public void Fit_BurstsInThePool_IsTheHeadWithoutThem()
    {
        const int n = 300, width = 48;
        var (values, of) = MadeFeatures.Of(n, width, 5, seed: 9, spread: 1.3);
        int[] labelled = [.. Enumerable.Range(0, 5).SelectMany(c =>
            Enumerable.Range(0, n).Where(i => of[i] == c).Take(2))];
        int[] classes = [.. labelled.Select(i => of[i])];
        var rows = UnitRows.Of(values, width);
        Assert.Equal([.. Enumerable.Range(0, n)], NearCopies.FirstOf(rows, Neighbours.OfAll(rows, 10)));
        var copies = Enumerable.Range(0, 20).Concat(labelled).SelectMany(i =>
            Enumerable.Repeat(values[(i * width)..((i + 1) * width)], 15));
        var bursts = UnitRows.Of([.. values, .. copies.SelectMany(row => row)], width, rows.Mean);
        var (expected, found) = (TransductiveHead.Fit(rows, labelled, classes, 5),
            TransductiveHead.Fit(bursts, labelled, classes, 5));
        Assert.True(expected.Spreads);
        Assert.Equal(expected.Gain, found.Gain);
        Assert.Equal(expected.Head.Coefficients().Weights, found.Head.Coefficients().Weights);
    }

    /// <summary>A large pool's image that has no neighbour left but its own copies looks for others.</summary>
    [Fact]
    public void Among_LargePool_FindsOthersForAnImageOfABurst()
    {
        const int n = 17_000, width = 12, k = 10;
        var values = MadeFeatures.Of(n, width, 30, seed: 2).Values;
        for (var i = n - 30; i < n; i++) values.AsSpan(0, width).CopyTo(values.AsSpan(i * width));
        var rows = UnitRows.Of(values, width);
        var near = Neighbours.OfAll(rows, k);
        int[] first = [.. Enumerable.Range(0, n).Select(i => i < n - 30 ? i : 0)];
        int[] kept = [.. Enumerable.Range(0, n - 30)];
        var found = NearCopies.Among(rows, near, first, kept);
        Assert.Equal(Neighbours.Of(rows, [0], kept, k).Rows, found.Rows[..k]);
    }
}
