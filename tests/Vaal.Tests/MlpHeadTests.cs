using TorchSharp;
using Vaal.Heads;

namespace Vaal.Tests;

public sealed class MlpHeadTests
{
    // two classes on opposite corners of a square: no line parts them
    private static readonly HeadRows Corners = HeadRows.Of([1, 0, -1, 0, 0, 1, 0, -1], 2, [0, 0, 1, 1], 2);

    [Fact]
    public void Fit_ClassesThatNoLineParts_TellsThemApart()
    {
        using var head = MlpHead.Fit(Corners);
        var x = Corners.Rows([0, 1, 2, 3]);
        var p = head.Probabilities(x);
        Assert.All([0, 2, 5, 7], i => Assert.InRange(p[i], 0.9, 1));
        Assert.All(LinearHead.Fit(Corners).Probabilities(x), q => Assert.Equal(0.5, q, 1e-3));
    }

    [Fact]
    public void Fit_SeveralLabels_IsASigmoidAClass()
    {
        var rows = new HeadRows([1, 0, -1, 0, 0, 1, 0, -1], 2, [1, 1, 1, 0, 0, 1, 0, 0], 2);
        using var head = MlpHead.Fit(rows, new() { SeveralLabels = true });
        var p = head.Probabilities(rows.Rows([0, 1, 2, 3]));
        for (var i = 0; i < p.Length; i++) Assert.Equal(rows.Targets[i], p[i], 0.15);
    }

    [Fact]
    public void Fit_SameSeed_GivesTheSameHeadAndLeavesNoTensor()
    {
        double[] Logits(long seed)
        {
            using var head = MlpHead.Fit(Corners, new() { Iterations = 20 }, seed);
            return head.Logits(Corners.Rows([0, 1, 2, 3]));
        }
        var first = Logits(1);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(first, Logits(1));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.NotEqual(first, Logits(2));
    }
}
