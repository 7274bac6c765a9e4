using Vaal.Data;
using Vaal.Experiments;
using Vaal.Training;

namespace Vaal.Tests.Experiments;

public sealed class BenchConfigTests
{
    private static string[] Faults(string json)
    {
        var message = Assert.Throws<InputException>(() => BenchConfig.Parse(json, "x.json")).Message;
        Assert.DoesNotContain('\n', message);
        var at = message.IndexOf(": ", StringComparison.Ordinal);
        var faults = message[(at + 2)..].Split("; line ").Select((f, i) => i == 0 ? f : "line " + f).ToArray();
        Assert.Equal($"x.json has {faults.Length} fault{(faults.Length == 1 ? "" : "s")}", message[..at]);
        return faults;
    }

    [Fact]
    public void Parse_LeastThatIsWanted_HasTheLibrarysDefaults()
    {
        var config = BenchConfig.Parse("""{ "data": "embedded", "strategies": ["random"] }""", "some/least.json");
        Assert.Equal("least", config.Name);
        Assert.Equal([1L, 2, 3, 4, 5], config.Seeds);
        Assert.Equal(new BenchPool("pool", new BenchData { Data = "embedded" }, 7), Assert.Single(config.Pools));
        Assert.Equal(5, config.Cells.Count);
        Assert.Equal(
            AsJson.Of(new LoopOptions { Strategy = "random", Seed = 3 }), AsJson.Of(config.Cells[2].Options));
    }

    [Fact]
    public void Parse_LayersOfOptions_EachChangesTheOneBelow()
    {
        var config = BenchConfig.Parse("""
            {
              // comments and a last comma are fine
              "data": "embedded", "budget": 20, "draw": "uniform", "vaal": { "iterations": 30 },
              "strategies": ["vaal", {
                "name": "vaal official", "strategy": "vaal", "vaal": { "preset": "official", "width": 16 } }],
              "pools": [{ "name": "ideal" }, {
                "name": "noisy", "noise": 0.25, "images": 800, "budget": 10, "task": { "epochs": 2 } }],
              "seeds": [7],
            }
            """);
        Assert.Equal(
            ["ideal/vaal-7", "ideal/vaal official-7", "noisy/vaal-7", "noisy/vaal official-7"],
            config.Cells.Select(c => c.Name));
        var (plain, official, noisy) = (config.Cells[0].Options, config.Cells[1].Options, config.Cells[2].Options);
        Assert.Equal((20, InitialDraw.Uniform, 0.0), (plain.Budget, plain.Draw, plain.Noise));
        Assert.Equal(AsJson.Of(new VaalOptions(VaalOptions.Balanced) { Iterations = 30 }), AsJson.Of(plain.Vaal));
        // a preset starts anew
        Assert.Equal(AsJson.Of(new VaalOptions(VaalOptions.Official) { Width = 16 }), AsJson.Of(official.Vaal));
        Assert.Equal((10, 0.25, 2, 800), (noisy.Budget, noisy.Noise, noisy.Task.Epochs, config.Pools[1].Data.Images));
        Assert.Equal(AsJson.Of(new VaalOptions(VaalOptions.Balanced) { Iterations = 30 }), AsJson.Of(noisy.Vaal));
    }

    /// <summary>Seed by seed, so that a bench that is stopped early has pairs.</summary>
    [Fact]
    public void Parse_TwoStrategiesAndSeeds_RunsSeedBySeed_EachPoolWithItsRounds()
    {
        var config = BenchConfig.Parse("""
            { "data": "embedded", "strategies": ["random", "margin"], "seeds": [4, 9], "rounds": 3,
              "pools": [{ "name": "a" }, { "name": "b", "rounds": 5 }] }
            """);
        Assert.Equal(["a/random-4", "a/margin-4", "a/random-9", "a/margin-9", "b/random-4", "b/margin-4",
            "b/random-9", "b/margin-9"], config.Cells.Select(c => c.Name));
        Assert.Equal([3, 5], config.Pools.Select(p => p.Rounds));
        Assert.Equal(4 * 3 + 4 * 5, config.Runs.Values.Sum());
        Assert.All(config.Cells, c => Assert.Equal((c.Strategy, c.Seed), (c.Options.Strategy, c.Options.Seed)));
    }

    [Fact]
    public void Parse_Baseline_IsRandomOrTheOneNamed()
    {
        BenchConfig Of(string more) => BenchConfig.Parse(
            $$"""{ "data": "embedded", "strategies": ["margin", "entropy"]{{more}} }""");
        Assert.StartsWith("no strategy is named 'random', so the report compares nothing; give 'baseline'",
            Of("").BaselineProblem, StringComparison.Ordinal);
        var named = Of(", \"baseline\": \"entropy\"");
        Assert.Equal("entropy", named.Baseline);
        Assert.Null(named.BaselineProblem);
        // another baseline reads the same runs
        Assert.Equal(Of("").Protocol.ToJsonString(), named.Protocol.ToJsonString());
    }

    [Fact]
    public void Parse_FeaturesOfAStrategy_AreItsOwn()
    {
        var config = BenchConfig.Parse("""
            { "data": "embedded", "images": 600, "seeds": [1],
              "strategies": ["typiclust", { "name": "typiclust task", "strategy": "typiclust", "features": "task" },
                { "name": "own", "strategy": "prob-cover", "features": "own.onnx" }] }
            """);
        Assert.Equal(
            [("pool/typiclust-1", "vae"), ("pool/typiclust task-1", "task"), ("pool/own-1", "own.onnx")],
            config.Cells.Select(c => (c.Name, c.Options.Features)));
    }

    [Fact]
    public void Parse_NetworkForMasks_BringsItsRecipe()
    {
        var config = BenchConfig.Parse("""
            { "data": "camvid", "strategies": ["random"], "seeds": [1], "task": { "model": "small-seg", "epochs": 7 },
              "pools": [{ "name": "small" }, { "name": "paper", "task": { "model": "drn" } }] }
            """);
        Assert.Equal(
            AsJson.Of<TaskOptions[]>([new(TaskOptions.SmallSeg) { Epochs = 7 }, TaskOptions.Drn]),
            AsJson.Of(config.Cells.Select(c => c.Options.Task)));
        var kept = BenchConfig.Parse("""
            { "data": "embedded", "strategies": ["random"], "seeds": [1], "task": { "epochs": 7 },
              "pools": [{ "name": "p", "task": { "model": "resnet18" } }] }
            """);
        Assert.Equal(AsJson.Of(new TaskOptions(TaskOptions.Default) { Epochs = 7, Model = "resnet18" }),
            AsJson.Of(kept.Cells[0].Options.Task));
    }

    [Fact]
    public void Parse_SeveralFaults_AreAllNamedWithTheirLine() => Assert.Equal(
    [
        "line 2, imges: unknown key 'imges'; did you mean 'images'?",
        "line 4, strategies[1]: no query strategy 'entrpoy'; did you mean 'entropy'?",
        "line 5, strategies[2].vaal.widht: unknown key 'widht'; did you mean 'width'?",
        "line 6, strategies[3].budget: 'budget' cannot be set for a strategy; a strategy has: name, strategy, vaal, " +
            "features, candidates",
        "line 8, seeds: seeds is [1,\"a\"]; expected a list of whole numbers, such as [1, 2, 3, 4, 5]",
        "line 9, budget: budget is \"many\"; expected a whole number",
        "line 10, task.preset: no preset \"x\"; there are: default, official",
    ], Faults("""
        { "data": "embedded",
          "imges": 600,
          "strategies": [
            "random", "entrpoy",
            { "name": "a", "strategy": "vaal", "vaal": { "widht": 5 } },
            { "name": "b", "strategy": "vaal", "budget": 3 }
          ],
          "seeds": [1, "a"],
          "budget": "many",
          "task": { "preset": "x" } }
        """));

    [Fact]
    public void Parse_ValuesThatCannotBe_AreNamedOnceWhereTheyStand() => Assert.Equal(
    [
        "line 2, images: images are 0; it must be at least 1",
        "line 3, initial: initial is -5; it must be at least 2, so that a task model can learn",
        "line 6, pools[1].noise: noise is 2; it must be 0..1",
    ], Faults("""
        { "data": "embedded", "strategies": ["random", "margin"],
          "images": 0,
          "initial": -5,
          "pools": [
            { "name": "a" },
            { "name": "b", "noise": 2 }] }
        """));

    [Theory]
    [InlineData(
        """{ "strategies": ["random"] }""",
        "'data' is missing; give a folder or the name of a data set, such as \"embedded\"")]
    [InlineData(
        """{ "data": "embedded" }""",
        "'strategies' is missing; expected a list of names, such as [\"random\", \"vaal\"]")]
    [InlineData(
        """{ "data": "embedded", "strategies": [] }""",
        "strategies: 'strategies' is empty; expected a list of names, such as [\"random\", \"vaal\"]")]
    [InlineData(
        """{ "data": "embedded", "strategies": "vaal" }""",
        "strategies is \"vaal\"; expected a list of names, such as [\"random\", \"vaal\"]")]
    [InlineData("""{ "data": null, "strategies": ["random"] }""", "data: data is null; expected text")]
    [InlineData("""{ "data": "", "strategies": ["random"] }""", "'data' is missing")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "initial": -1 }""",
        "initial is -1; it must be at least 2, so that a task model can learn")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "strategy": "vaal" }""",
        "'strategy' cannot be set for the whole bench; give 'strategies'")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "baseline": "margin" }""",
        "baseline: no strategy is named 'margin'")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "pools": [{ "name": "a", "baseline": "random" }] }""",
        "'baseline' cannot be set for a pool; it is the bench's")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "numbersImages": "x" }""",
        "numbersImages: unknown key 'numbersImages'; there are: about, baseline, budget, budgetCost, candidates, "
        + "copies, costsFrom, data, dataSeed, draw, features, format, frame, images, imbalance, initial, labelsColumn, "
        + "labelsFrom, name, noise, noiseWithinSuperClass, perCost, pixelReduction, pools, regions, rounds, seeds, "
        + "size, strategies, task, topPixels, vaal, withoutClasses")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "labelsColumn": null }""",
        "labelsColumn is null; expected text")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random", "random"] }""",
        "the name 'random' is there twice; give one of them another 'name'")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "seeds": [1, 1] }""", "seeds has a number twice: [1,1]")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "pools": [{ "name": "../x" }] }""",
        "the name '../x' cannot be used")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "pools": [{ "noise": 0.1 }] }""",
        "'name' is missing; it names the pool in tables")]
    [InlineData("""{ "data": "embedded", "strategies": ["random"], "name": 5 }""", "name is 5; expected text")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random", {}] }""",
        "strategies[1]: expected the name of a strategy, or an object with 'name' and 'strategy', found {}")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "vaal": { "scale": 7 } }""",
        "scale is 7; expected one of summed, released")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "draw": 7 }""",
        "draw is 7; expected one of stratified, uniform")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "draw": "1" }""",
        "draw is \"1\"; expected one of stratified, uniform")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "vaal": { "batchDraw": "lowest,odds" } }""",
        "batchDraw is \"lowest,odds\"; expected one of lowest, odds")]
    [InlineData("""{ "data": "embedded", "strategies": ["random"], "pools": 3 }""", "expected a list of pools")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "draw": "sideways" }""",
        "draw is \"sideways\"; expected one of stratified, uniform")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "frame": "ax3" }""",
        "the frame is 'ax3'; expected two numbers, such as 240x180")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "regions": "4" }""",
        "regions are '4'; expected two numbers, such as 4x3")]
    [InlineData(
        """{ "data": "embedded", "strategies": ["random"], "copies": 2, "labelsFrom": "l.csv" }""",
        "l.csv numbers the images of the unchanged pool; it cannot be used with images, imbalance, copies " +
        "or regions")]
    [InlineData(
        """{ "data": "embedded", "strategies": [{ "name": "own", "strategy": "typiclust", "features": "f.npy" }], """
        + "\"images\": 20 }",
        "strategies[0]: f.npy numbers the images of the unchanged pool; it cannot be used with images, "
        + "imbalance, copies or regions")]
    [InlineData(
        """{ "data": "embedded", "strategies": [{ "name": "own", "strategy": "typiclust", "features": "vea" }] }""",
        "strategies[0]: no features 'vea'; there are: vae, task, resnet18, ")]
    [InlineData(
        """{ "data": "embedded", "strategies": [{ "name": "w", "strategy": "vaal", "vaal": { "width": 17 } }] }""",
        "strategies[0]: width is 17; it must be a multiple of 16")]
    public void Parse_OneFault_IsNamed(string json, string fault) =>
        Assert.Contains(fault, Assert.Single(Faults(json)), StringComparison.Ordinal);

    /// <summary>In place of the bench's own, and not in silence beside that of a pool.</summary>
    [Fact]
    public void Parse_DataInPlaceOfThatOfAPool_IsRefused()
    {
        const string json = """
            { "data": "embedded", "strategies": ["random"], "seeds": [1],
              "pools": [{ "name": "a" },
                { "name": "b", "data": "photos" }] }
            """;
        Assert.Equal(["embedded", "photos"], BenchConfig.Parse(json, "x.json").Pools.Select(p => p.Data.Data));
        Assert.Equal("x.json has 1 fault: line 3, pools[1].data: --data replaces the bench's data, and this pool has "
            + "its own; leave out one of the two",
            Assert.Throws<InputException>(() => BenchConfig.Parse(json, "x.json", "mine")).Message);
        var shared = json.Replace(", \"data\": \"photos\"", "", StringComparison.Ordinal);
        Assert.Equal(["mine", "mine"], BenchConfig.Parse(shared, "x.json", "mine").Pools.Select(p => p.Data.Data));
    }

    [Theory]
    [InlineData("{ \"data\": \n\"embedded\", }}", "x.json, line 2: expected JSON, found '}'")]
    [InlineData("{ \"data\": \"embedded\",\n \"images\": x }", "x.json, line 2: expected JSON, found 'x'")]
    [InlineData("{ \"data\": \"embedded\",", "x.json, line 1: expected JSON, found the end of the file")]
    [InlineData("{ \"data\": \"a\",\n\"images\": 3", "x.json, line 2: expected JSON, found the end of the file")]
    [InlineData("{ \"data\": \"embe", "x.json, line 1: expected JSON, found the end of the file")]
    [InlineData("{ \"data\": \"a\n\" }", "x.json, line 1: expected JSON, found the end of the line")]
    [InlineData("{ \"data\": \"a\tb\" }", "x.json, line 1: expected JSON, found a tab")]
    [InlineData("{ \"a\": 1,\n \"a\": 2 }", "x.json, line 2: expected JSON; found the key 'a' twice.")]
    [InlineData("[]", "x.json is not a JSON object; expected a bench configuration")]
    [InlineData("", "x.json, line 1: expected JSON, found the end of the file")]
    public void Parse_NoJsonObject_SaysWhere(string json, string start) =>
        Assert.StartsWith(
            start, Assert.Throws<InputException>(() => BenchConfig.Parse(json, "x.json")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Read_NoFile_SaysWhatWasWanted() =>
        Assert.Contains(
            "no file nowhere.json; expected a bench configuration in JSON",
            Assert.Throws<InputException>(() => BenchConfig.Read("nowhere.json")).Message, StringComparison.Ordinal);

    public static TheoryData<string> Shipped =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.json", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f)).Order()];

    [Theory, MemberData(nameof(Shipped))]
    public void Read_EveryShippedConfig_IsWithoutFault(string path)
    {
        var config = BenchConfig.Read(Path.Combine(Repository.Root, path));
        Assert.Contains("random", config.Strategies);
        Assert.NotEmpty(config.About);
        // nothing is compared with itself
        Assert.All(
            config.Cells.GroupBy(c => (c.Pool, c.Seed)), g =>
                Assert.Equal(
                    g.Count(), g.Select(c => System.Text.Json.JsonSerializer.Serialize(c.Options, Json.Options))
                    .Distinct().Count()));
        // a time asks for no pairs
        Assert.True(config.Seeds.Count >= 5 || path.Contains("imagenet", StringComparison.Ordinal)
            || path.Contains("sampling-time", StringComparison.Ordinal), "fewer than five seeds");
    }
}
