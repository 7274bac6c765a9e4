namespace Vaal.Tests.Cli;

/// <summary><c>vaal simulate</c> on images with masks.</summary>
[Trait("Category", "Slow")]
public sealed class SimulateMasksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SimulateMasksTests()
    {
        _folder.Write("data/classes.csv", "id,name\n0,dark\n1,bright\n");
        for (var i = 0; i < 20; i++)
        {
            var set = i < 14 ? "train" : "val";
            _folder.Write($"data/images/{set}/{i}.png", TestImages.Grey(24, 16, (x, _) => x < 4 + i ? 40 : 200));
            _folder.Write($"data/masks/{set}/{i}.png", TestImages.Grey(24, 16, (x, _) => x < 4 + i ? 0 : 1));
        }
        _folder.Write("data/images/train/x.png", TestImages.Grey(24, 16, (_, _) => 0));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Simulate_Masks_ReportsMeanIouAndWhatWasLeftOut()
    {
        var outcome = Simulate("--task", "small-seg", "--strategy", "entropy", "--pixels", "Top", "--task-epochs", "0",
            "--task-min-iterations", "100");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("mean IoU", lines[0], StringComparison.Ordinal);
        Assert.Contains(
            "images/train/x.png has no mask masks/train/x.png: it is left out", outcome.Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "a VAE, if the strategy uses one, sees the 24×16 images as squares of 128 pixels", outcome.Error,
            StringComparison.Ordinal);
        string[][] rows = [.. File.ReadLines(_folder["out/results.csv"]).Select(l => l.Split(','))];
        double[] Column(string name) =>
            [.. rows.Skip(1)
                .Select(r =>
                    double.Parse(r[Array.IndexOf(rows[0], name)], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal([4, 7], Column("labelled"));
        // dark and bright could not be plainer
        Assert.All(Column("accuracy"), a => Assert.InRange(a, 0.8, 1));
        Assert.All(Column("pixelAccuracy"), a => Assert.InRange(a, 0.85, 1));
    }

    [Fact]
    public void Simulate_Regions_AreChosenAndLabelledOneByOne()
    {
        var outcome = Simulate(
            "--task", "small-seg", "--strategy", "entropy", "--regions", "3x2", "--task-epochs", "0",
            "--task-min-iterations", "3");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("84 images in place of 14", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["4", "7"], File.ReadLines(_folder["out/results.csv"]).Skip(1).Select(l => l.Split(',')[3]));
        string[] picks = [.. File.ReadLines(_folder["out/picks.csv"])];
        Assert.Equal("round,rank,id,path", picks[0]);
        Assert.Equal(3, picks.Length - 1);
        foreach (var (i, line) in picks.Skip(1).Index())
        {
            // "0,1,<id>,"images/train/<n>.png#xywh=<x>,<y>,8,8"": six parts of 8×8 in each image, row by row
            var match = System.Text.RegularExpressions.Regex.Match(
                line, """^0,(\d),(\d+),"images/train/\d+\.png#xywh=(\d+),(\d+),8,8"$""");
            Assert.True(match.Success, line);
            int[] numbers = [
                .. match.Groups.Values.Skip(1)
                .Select(g => int.Parse(g.Value, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(i + 1, numbers[0]);
            Assert.Equal(numbers[1] % 6, numbers[2] / 8 + 3 * (numbers[3] / 8));
        }
    }

    [Theory]
    [InlineData(
        "the task model small-cnn gives a class to each image, and the images have masks; for these there are: drn, " +
        "small-seg", "--task", "small-cnn")]
    [InlineData("the frame is '24'; expected two numbers, such as 240x180", "--frame", "24")]
    [InlineData("the frame is 8×16; its sides must be 16 to 4096 pixels", "--frame", "8x16")]
    [InlineData(
        "the task preset official is for classes of images; drn has one preset, default", "--task", "drn",
        "--task-preset", "official")]
    [InlineData(
        "data has masks; a redundant pool is made of images with classes", "--task", "small-seg", "--copies", "2")]
    [InlineData("data has no classes; an imbalance is one of classes", "--task", "small-seg", "--imbalance", "10")]
    [InlineData(
        "regions are 5x2; images of 24×16 pixels cannot be cut into 5 equal columns and 2 equal rows", "--task",
        "small-seg", "--regions", "5x2")]
    [InlineData("regions are '0x2'; expected two numbers, such as 4x3", "--task", "small-seg", "--regions", "0x2")]
    [InlineData(
        "1 of 21 images cannot be used with their masks: images/train/x.png has no mask masks/train/x.png", "--strict")]
    public void Simulate_WhatCannotBe_IsOneLine(string problem, params string[] arguments)
    {
        var outcome = Simulate(arguments);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.Contains(problem, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    private Outcome Simulate(params string[] more) =>
        CommandLine.Run(
            ["simulate", "--data", _folder["data"], "--initial", "4", "--budget", "3", "--rounds", "2", "--out",
                _folder["out"], .. more]);
}
