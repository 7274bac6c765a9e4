using CsCheck;
using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

public sealed class BudgetCurveTests
{
    [Fact]
    public void Area_UnevenSteps_WeighsByLabels() =>                                 // (0.5·100 + 0.7·300) / 400
        Assert.Equal(0.65, BudgetCurve.Area([100, 200, 500], [0.4, 0.6, 0.8]), 1e-12);

    [Fact]
    public void Area_LabelsDoNotRise_IsRefused() =>
        Assert.Throws<ArgumentException>(() => BudgetCurve.Area([100, 100], [0.4, 0.6]));

    [Fact]
    // 0.7 and 0.5 pool to 0.6; 0.8, 0.6, 0.7 to 0.7
    public void Isotonic_Violators_ArePooled() =>
        Assert.All(
            BudgetCurve.Isotonic([0.4, 0.7, 0.5, 0.8, 0.6, 0.7]).Zip([0.4, 0.6, 0.6, 0.7, 0.7, 0.7]), v =>
                Assert.Equal(v.Second, v.First, 1e-12));

    [Theory]
    [InlineData(0.3, 100.0)]
    [InlineData(0.5, 150.0)]
    [InlineData(0.65, 350.0)]
    [InlineData(0.7, 400.0)]
    public void LabelsToReach_InsideTheCurve_Interpolates(double target, double labels) =>
        Assert.Equal(
            labels, BudgetCurve.LabelsToReach(target, [100, 200, 300, 400], [0.4, 0.6, 0.6, 0.7])!.Value, 1e-9);

    [Fact]
    public void LabelsToReach_AboveTheCurve_IsNull() =>
        Assert.Null(BudgetCurve.LabelsToReach(0.8, [100, 200], [0.4, 0.7]));

    [Fact]
    public void LabelsToReach_OneLuckyRound_DoesNotCount() =>                        // 0.9 then 0.5 pool to 0.7
        Assert.Null(BudgetCurve.LabelsToReach(0.85, [100, 200, 300], [0.4, 0.9, 0.5]));

    [Fact]
    public void LabelsToReach_OfTheCurvesOwnPoints_IsNeverMoreThanThem() =>
        Gen.Double[0, 1].Array[1, 10].Sample(raw =>
        {
            double[] rising = [.. raw.Order()];
            int[] labels = [.. Enumerable.Range(1, raw.Length).Select(i => i * 100)];
            return Enumerable.Range(0, raw.Length)
                .All(i => BudgetCurve.LabelsToReach(rising[i], labels, rising) <= labels[i] + 1e-9);
        });

    [Fact]
    public void LabelsToReach_BetweenTwoPoints_IsOnTheLine()
    {
        int[] labels = [100, 200, 300];
        double[] random = [0.4, 0.6, 0.7];
        Assert.Equal(250, BudgetCurve.LabelsToReach(0.65, labels, random)!.Value, 1e-9);
        Assert.Equal(150, BudgetCurve.LabelsToReach(0.5, labels, random)!.Value, 1e-9);
        Assert.Null(BudgetCurve.LabelsToReach(0.75, labels, random));
    }
}
