using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

/// <summary>What a configuration and its images have wrong is said once, before the first run.</summary>
public sealed class BenchChecksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static BenchConfig Config(string changes, string strategies = "\"random\", \"coverage\"") =>
        BenchConfig.Parse($$"""
            { "data": "embedded", "initial": 20, "budget": 10, "rounds": 2, "seeds": [1, 2],
              "task": { "epochs": 0, "minIterations": 2 }, "strategies": [{{strategies}}], {{changes}} }
            """);

    private List<string> Notes(BenchConfig config)
    {
        using var bench = BenchGrid.Open(config, _folder["out"]);
        var notes = new List<string>();
        bench.Run(note: notes.Add);
        return notes;
    }

    [Theory]
    [InlineData("\"images\": 20", "pool: initial is 20; it must be less than the 20 images of embedded")]
    [InlineData("\"withoutClasses\": [99]", "pool: expected classes of embedded")]
    [InlineData("\"withoutClasses\": [-1]", "pool: expected classes of embedded")]
    [InlineData("\"noise\": 0.2, \"noiseWithinSuperClass\": true", "pool: embedded has no super-classes")]
    [InlineData("\"features\": \"nowhere.npy\"", "pool: no file nowhere.npy; expected a table")]
    [InlineData("\"features\": \"nowhere.onnx\"", "pool: no file nowhere.onnx; expected an ONNX model")]
    [InlineData("\"labelsFrom\": \"nowhere.csv\"", "pool: no file nowhere.csv; expected a CSV file")]
    [InlineData("\"costsFrom\": \"nowhere.csv\", \"budgetCost\": 5", "pool: no file nowhere.csv; expected a CSV file")]
    [InlineData("\"pools\": [{ \"name\": \"a\" }, { \"name\": \"b\", \"data\": \"/nope\" }]", "b: no data at '/nope'")]
    [InlineData("\"pools\": [{ \"name\": \"a\" }, { \"name\": \"b\", \"images\": 9000000 }]",
        "b: images are 9000000; it must be 1..")]
    [InlineData("\"pools\": [{ \"name\": \"a\" }, { \"name\": \"b\", \"images\": 20 }]", "b: initial is 20; it must")]
    public void Run_WhatNoRunCouldDo_IsOneLineBeforeTheFirstRun(string changes, string problem)
    {
        var message = Assert.Throws<InputException>(() => Notes(Config(changes))).Message;
        Assert.StartsWith(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.False(Directory.Exists(_folder["out/cells"]));
    }

    [Fact]
    public void Run_NetworkForOtherImages_IsRefusedBeforeTheFirstRun()
    {
        var config = BenchConfig.Parse("""
            { "data": "embedded", "initial": 20, "budget": 10, "rounds": 2, "seeds": [1], "strategies": ["random"],
              "task": { "model": "small-seg" } }
            """);
        Assert.StartsWith("pool: the task model small-seg gives a class to each pixel",
            Assert.Throws<InputException>(() => Notes(config)).Message, StringComparison.Ordinal);
    }

    /// <summary>Only the strategy that it concerns is named.</summary>
    [Fact]
    public void Run_FileOfOneStrategy_NamesTheStrategy() =>
        Assert.StartsWith("pool/own: no file nowhere.npy", Assert.Throws<InputException>(() => Notes(Config(
            "\"name\": \"x\"",
            """
            "random", { "name": "own", "strategy": "coverage", "features": "nowhere.npy" }
            """))).Message, StringComparison.Ordinal);

    [Trait("Category", "Slow")]
    [Fact]
    public void Run_KeysThatDoNothing_AreNoted()
    {
        var notes = Notes(Config(
            """
            "frame": "64x64", "pixelReduction": "top",
            "pools": [{ "name": "pool", "images": 60 }, { "name": "other", "images": 70 }]
            """, "\"margin\""));
        Assert.Contains("pool: frame is for images with masks, and these have none; it changes nothing", notes);
        Assert.Contains(
            "pool: pixelReduction is for images with masks, and these have none; it changes nothing", notes);
        Assert.Contains(notes, n => n.StartsWith("no strategy is named 'random'", StringComparison.Ordinal));
        Assert.DoesNotContain(notes, n => n.Contains("topPixels", StringComparison.Ordinal));
        Assert.Equal(notes.Distinct(), notes);
    }
}
