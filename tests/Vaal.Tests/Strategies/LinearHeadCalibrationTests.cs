using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>The temperature that makes a head as sure as it is right.</summary>
public class LinearHeadCalibrationTests
{
    [Fact]
    public void Calibrated_LabelsPartlyWrong_CoolsDown()
    {
        var rows = LinearHeadTests.Made(400, 24, 4, spread: 0.3);
        var random = new Random(5);
        for (var i = 0; i < 400; i += 4)
        {
            rows.Targets.AsSpan(i * 4, 4).Clear();
            rows.Targets[i * 4 + random.Next(4)] = 1;
        }
        var head = LinearHead.Fit(rows, new() { C = 1_000 });
        var calibrated = head.Calibrated(rows, new() { C = 1_000 });
        Assert.InRange(calibrated.Temperature, 1.2, 20);
        var (raw, honest) = (head.Probabilities(rows.Rows([1])), calibrated.Probabilities(rows.Rows([1])));
        Assert.True(honest.Max() < raw.Max());
    }

    /// <summary>Ten labels that the cross-fit predicts rightly say nothing of how sure it may be; many do.</summary>
    [Theory]
    [InlineData(10, 0.8336)]
    [InlineData(1_000, 0.4635)]
    public void Calibrated_EverythingIsRight_FewLabelsMakeItHardlySurer(int labels, double temperature)
    {
        var rows = LinearHeadTests.Made(labels, 24, 2, spread: 0.1);
        double[] far = [.. Enumerable.Range(0, 2 * labels).Select(i => rows.Targets[i] * 3)];
        var free = LinearHead.BestTemperature(far, rows, several: false, apart: double.PositiveInfinity);
        Assert.InRange(free, 0.05, 0.1);
        // where 3n / (1 + e^(3/T)) = 4 (1/T − 1)
        Assert.Equal(temperature, LinearHead.Fit(rows).CalibratedBy(rows, far).Temperature, 1e-3);
    }

    /// <summary>Against a search by hand over Σ ln(1 + e^(−z/T)) + (1/T − 1)² / 2σ².</summary>
    [Fact]
    public void BestTemperature_KnownBefore_IsWeighedAgainstTheRows()
    {
        double[] z = [3, 2, 1, 0.5, -0.25];
        var rows = HeadRows.Of(new float[5], 1, [0, 0, 0, 0, 0], 2);
        double Cost(double t) => z.Sum(v => Math.Log(1 + Math.Exp(-v / t))) + Math.Pow(1 / t - 1, 2) / (2 * 0.4 * 0.4);
        var best = Enumerable.Range(100, 9_900).Select(i => i / 1e4).MinBy(Cost);
        Assert.InRange(best, 0.2, 0.98);
        double[] logits = [.. z.SelectMany(v => new[] { v, 0 })];
        Assert.Equal(best, LinearHead.BestTemperature(logits, rows, several: false, apart: 0.4), 2e-3);
    }

    /// <summary>Of several classes each is a question of its own: one that no head could learn leaves the
    /// others.</summary>
    [Fact]
    public void BestTemperature_AClassWithoutLabels_IsThatOfTheOthers()
    {
        double[] z = [3, 2, 1, 0.5, -0.25];
        int[][] labels = [[0], [0], [0], [0], [0]];
        var alone = LinearHead.BestTemperature(z, HeadRows.OfSeveral(new float[5], 1, labels, 1), several: true);
        Assert.NotEqual(1, alone, 0.05);
        double[] logits = [.. z.SelectMany(v => new[] { v, double.NegativeInfinity })];
        Assert.Equal(alone, LinearHead.BestTemperature(logits, HeadRows.OfSeveral(new float[5], 1, labels, 2),
            several: true), 1e-6);
    }

    // one right and one wrong, and the right one weighs three times as much: the same as three right of four
    [Fact]
    public void BestTemperature_RowsOfOtherWeights_CountByThem()
    {
        double[] logits = [2 * Math.Log(3), 0, 2 * Math.Log(3), 0];
        var rows = HeadRows.Of(new float[2], 1, [0, 1], 2, [3, 1]);
        Assert.Equal(2, LinearHead.BestTemperature(logits, rows, several: false, apart: double.PositiveInfinity), 1e-3);
    }

    [Fact]
    public void BestTemperature_LogitsTwiceTooLarge_IsTwo()
    {
        // p = 3/4 at log 3; at 2 log 3 the temperature that makes three of four right is 2
        double[] logits = [.. Enumerable.Range(0, 4).SelectMany(_ => new[] { 2 * Math.Log(3), 0 })];
        var rows = HeadRows.Of(new float[4], 1, [0, 0, 0, 1], 2);
        Assert.Equal(2, LinearHead.BestTemperature(logits, rows, several: false, apart: double.PositiveInfinity), 1e-3);
    }
}
