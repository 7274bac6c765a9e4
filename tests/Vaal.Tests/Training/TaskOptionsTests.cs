using System.Text.Json;
using Vaal.Training;

namespace Vaal.Tests.Training;

public sealed class TaskOptionsTests
{
    public static IEnumerable<TheoryDataRow<string>> Schedules => ParitySet.With("../schedule.json");

    [Theory, MemberData(nameof(Schedules))]
    public void QuarterSteps_EveryReferenceSetting_FallsWhereTheReferenceDoes(string folder)
    {
        using var set = ParitySet.Open(folder);
        foreach (var entry in set.Json("../schedule.json").EnumerateArray())
        {
            int Number(string name) => entry.GetProperty(name).GetInt32();
            var options = new TaskOptions(TaskOptions.Official)
            {
                ImagesPerEpoch = Number("num_images"),
                Epochs = Number("epochs"),
                BatchSize = Number("batch")
            };
            var n = Number("train_iterations");
            Assert.All([10, 5_000], labelled => Assert.Equal(n, options.IterationsFor(labelled)));
            var rates = Enumerable.Range(0, n).Select(i => options.LearningRateAt(i, n)).ToArray();
            var falls = Enumerable.Range(1, n - 1).Where(i => rates[i] != rates[i - 1]).ToArray();
            // where the reference fails for want of a quarter, the rate stays as it is
            var fails = entry.TryGetProperty("error", out _);
            Assert.Equal(fails ? [] : entry.GetProperty("lr_divided_by_10_at_iterations").Deserialize<int[]>()!, falls);
            Assert.Equal(fails ? 0.01 : entry.GetProperty("final_lr").GetDouble(), rates[^1], 1e-15);
            Assert.All(falls, i => Assert.Equal(10, rates[i - 1] / rates[i], 1e-9));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void QuarterSteps_FewerThanFourIterations_KeepTheRate(int n) =>
        Assert.All(Enumerable.Range(0, n), i => Assert.Equal(0.01, TaskOptions.Official.LearningRateAt(i, n)));

    [Fact]
    public void Cosine_OverATraining_FallsFromTheRateToNothing()
    {
        var options = new TaskOptions { Schedule = Schedule.Cosine, LearningRate = 2 };
        var rates = Enumerable.Range(0, 100).Select(i => options.LearningRateAt(i, 100)).ToArray();
        Assert.Equal(2, rates[0], 1e-3);
        Assert.Equal(1, (rates[49] + rates[50]) / 2, 1e-9);
        Assert.InRange(rates[^1], 1e-9, 1e-3);
        Assert.Equal(rates.OrderDescending(), rates);
    }

    [Fact]
    public void OneCycle_OverATraining_ClimbsForAFifthAndFallsToNothing()
    {
        var options = new TaskOptions { Schedule = Schedule.OneCycle, LearningRate = 2 };
        var rates = Enumerable.Range(0, 100).Select(i => options.LearningRateAt(i, 100)).ToArray();
        Assert.Equal(2 * 0.5 / 20, rates[0], 1e-12);
        Assert.Equal(2 * 10.5 / 20, rates[10], 1e-12);
        Assert.Equal(2 * 79.5 / 80, rates[20], 1e-12);
        Assert.Equal(2 * 0.5 / 80, rates[99], 1e-12);
    }

    [Fact]
    public void Poly_OverATraining_FallsFromTheRateAlongThePower()
    {
        var options = new TaskOptions { Schedule = Schedule.Poly, LearningRate = 2 };
        Assert.Equal(2, options.LearningRateAt(0, 1_000));
        Assert.Equal(1.0717734625362931, options.LearningRateAt(500, 1_000), 1e-12);            // 2 · 2^−0.9
        Assert.Equal(0.25178508235883346, options.LearningRateAt(900, 1_000), 1e-12);           // 2 · 10^−0.9
    }

    [Theory, InlineData("small-seg"), InlineData("drn"), InlineData("resnet18")]
    public void For_EachModel_IsARecipeOfThatModel(string model)
    {
        Assert.Equal(model, TaskOptions.For(model).Model);
        Assert.Empty(TaskOptions.For(model).Problems());
    }

    [Fact]
    public void IterationsFor_FewLabels_IsTheMinimum()
    {
        var options = new TaskOptions { Epochs = 10, BatchSize = 64, MinIterations = 100 };
        Assert.Equal(100, options.IterationsFor(10));
        Assert.Equal(156, options.IterationsFor(1_000));
        Assert.Equal(1_000_000_000, new TaskOptions(options) { Epochs = int.MaxValue }.IterationsFor(60_000));
    }

    /// <summary>They are the program's, for every caller.</summary>
    [Fact]
    public void Presets_CastToADictionary_CannotBeChanged()
    {
        var (task, vaal) = ((IDictionary<string, TaskOptions>)TaskOptions.ByPreset,
            (IDictionary<string, VaalOptions>)VaalOptions.ByPreset);
        Assert.Throws<NotSupportedException>(() => task.Remove("default"));
        Assert.Throws<NotSupportedException>(() => vaal.Remove("balanced"));
        Assert.Throws<NotSupportedException>(() => ((ICollection<string>)TaskOptions.Presets).Clear());
        Assert.Equal(["default", "official"], TaskOptions.Presets);
        Assert.Equal(["balanced", "official", "segmentation"], VaalOptions.Presets);
    }

    [Fact]
    public void Problems_Presets_HaveNone()
    {
        Assert.Empty(TaskOptions.Default.Problems());
        Assert.Empty(TaskOptions.Official.Problems());
    }

    /// <summary>No epoch is trained by the fewest iterations alone, so there must be some.</summary>
    [Fact]
    public void Problems_NoEpoch_NeedsAFewestNumberOfIterations()
    {
        Assert.Empty(new TaskOptions(TaskOptions.Default) { Epochs = 0 }.Problems());
        Assert.Equal(200, new TaskOptions(TaskOptions.Default) { Epochs = 0 }.IterationsFor(10_000));
        Assert.StartsWith("task epochs are 0, and no fewest iterations are given",
            Assert.Single(new TaskOptions(TaskOptions.Official) { Epochs = 0 }.Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_SeveralBadValues_NamesEachWithWhatWasFound()
    {
        var options = new TaskOptions { Model = "x", BatchSize = 1, LearningRate = double.NaN, Shift = -1 };
        Assert.Collection(options.Problems(),
            p => Assert.Equal(
                "no task model 'x'; there are: linear, mlp, transductive, drn, resnet18, small-cnn, small-seg, "
                    + "vgg16", p),
            p => Assert.StartsWith("the task model's batch size is 1; ", p),
            p => Assert.StartsWith("the task model's learning rate is NaN; ", p),
            p => Assert.Equal("shift is -1 pixels; it must be 0 to 16", p));
    }

    [Fact]
    public void Options_ThroughJson_ComeBackEqual()
    {
        var options = new TaskOptions(TaskOptions.Official) { Border = Border.Zero };
        var json = JsonSerializer.Serialize(options);
        Assert.Contains("\"QuarterSteps\"", json);
        Assert.Equal(AsJson.Of(options), AsJson.Of(JsonSerializer.Deserialize<TaskOptions>(json)));
    }
}
