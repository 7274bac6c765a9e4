using Vaal.Encoders;
using Vaal.Experiments;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Strategies;

/// <summary>
/// Which strategies go with a head on features as task model: what cannot work is refused before anything is encoded
/// or trained, and what is not refused works. Over the whole table.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class StrategyTaskModelTests : IDisposable
{
    private const string Late = "expected a network as task model, found ";
    private const string Counting = "counting-of-tests";
    private readonly TemporaryFolder _folder = new();
    private int _encoded;

    public StrategyTaskModelTests() =>
        PretrainedEncoders.Register(Counting, "counts what it encodes", () => new Counts(() => _encoded++));

    public void Dispose()
    {
        PretrainedEncoders.Unregister(Counting);
        _folder.Dispose();
    }

    private sealed class Counts(Action encoded) : IImageEncoder
    {
        public int Size => 32;
        public int FeatureDim => 2;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            encoded();
            features.Clear();
        }
    }

    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Names)), Trait("Category", "Slow")]
    public void Strategy_HeadOnFeatures_IsRefusedExactlyWhereItWouldAskANetwork(string name)
    {
        using var images = TinyImages.Set(24);
        var pool = TinyImages.Pool(images, 8);
        var (features, _) = MadeFeatures.Of(24, 6, 4, seed: 1);
        foreach (var encoder in new[] { true, false })
        {
            using var networks = new Networks(pool, TinyImages.Vaal, TaskOptions.For("linear"), classes: 4);
            var query = new Query
            {
                Pool = pool,
                Budget = 3,
                Seed = 1,
                Networks = networks,
                Features = encoder ? new FeatureSource(features, 6) : FeatureSource.Latent,
            };
            var late = Record.Exception(() => QueryStrategies.Create(name).Select(query));
            var diverse = Record.Exception(() => DiverseBatch.Select(QueryStrategies.Create(name), query, 5));
            var early = QueryStrategies.Problem(name, "linear", encoder);
            Assert.Equal(early is not null, late is not null);
            Assert.Equal(late?.Message, diverse?.Message);
            if (late is not null) Assert.StartsWith(Late, Assert.IsType<InputException>(late).Message);
            Assert.All(TaskModels.OnFeatures,
                model => Assert.Equal(early is not null, QueryStrategies.Problem(name, model, encoder) is not null));
            Assert.All(TaskModels.Names, model => Assert.Null(QueryStrategies.Problem(name, model, encoder)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void LoopOptions_EveryStrategyAndTaskModel_AreRefusedInOneLineWhereTheTableSaysSo(string name)
    {
        foreach (var model in TaskModels.OnFeatures.Append("small-cnn"))
            foreach (var (features, encoder) in new[] { ("vae", false), ("task", false), ("resnet18", true) })
            {
                var options = new LoopOptions { Strategy = name, Task = TaskOptions.For(model), Features = features };
                var problems = options.Problems().ToList();
                if (QueryStrategies.Problem(name, model, encoder) is { } refusal) Assert.Equal([refusal], problems);
                else if (features == "task" && model != "small-cnn")
                    Assert.StartsWith("expected features of an encoder, or 'vae', with the task model",
                        Assert.Single(problems), StringComparison.Ordinal);
                else Assert.Empty(problems);
                Assert.All(problems, p => Assert.DoesNotContain('\n', p));
            }
    }

    [Fact]
    public void Problem_WhatHelps_IsSaid()
    {
        Assert.Equal("expected a network as task model for 'mc-dropout', found linear, which is a head on features; "
            + "choose small-cnn as task model (--task, or \"task\": { \"model\": … } in a configuration), or choose "
            + "with a strategy on features, such as coverage",
            QueryStrategies.Problem("mc-dropout", "linear", encoder: true));
        Assert.EndsWith("in a configuration), or compare images by an encoder's features",
            QueryStrategies.Problem("badge", "mlp", encoder: false), StringComparison.Ordinal);
        Assert.Null(QueryStrategies.Problem("badge", "linear", encoder: true));
        Assert.Null(QueryStrategies.Problem("no-such-strategy", "linear", encoder: true));
    }

    [Fact]
    public void Next_StrategyThatAsksANetwork_IsRefusedBeforeAnImageIsEncoded()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"photos/{i}.png", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = Counting, NearDuplicates = 0 });
        var options = new NextOptions { Budget = 2, Strategy = "mc-dropout", Task = TaskOptions.For("linear") };
        var refusal = Assert.Throws<InputException>(() => workspace.Next(options));
        Assert.StartsWith("expected a network as task model for 'mc-dropout', found linear", refusal.Message);
        Assert.Equal(0, _encoded);
        Assert.Empty(workspace.Rounds());
        workspace.Next(new NextOptions(options) { Strategy = "coverage" });
        Assert.NotEqual(0, _encoded);
    }

    [Theory]
    [InlineData("mlp", "strategies on features fit a linear head")]
    [InlineData("transductive", "choices by it were measured to be worse than those by linear; give --task linear")]
    public void Next_HeadThatNoStrategyFits_IsRefusedAndSaysWhy(string model, string why)
    {
        var problem = Assert.Single(new NextOptions { Task = TaskOptions.For(model) }.Problems());
        Assert.StartsWith($"expected a task model to choose by, found {model}: {why}", problem,
            StringComparison.Ordinal);
        Assert.Empty(new NextOptions { Task = TaskOptions.For("linear") }.Problems());
    }

    [Fact]
    public void Next_AutoWithoutAnEncoder_IsRefusedAsTheStrategyThatItStandsFor()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"photos/{i}.png", Pictures.Random(i));
        _folder.Write("labels.csv", "path,label\n0.png,a\n1.png,b\n2.png,a\n");
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = "none", NearDuplicates = 0 });
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        var options = new NextOptions { Budget = 2, Task = TaskOptions.For("linear") };
        Assert.StartsWith("expected a network as task model for 'badge', found linear",
            Assert.Throws<InputException>(() => workspace.Next(options)).Message);
    }

    [Fact]
    public void Bench_StrategyThatAsksANetwork_IsAFaultWithItsPlace()
    {
        var message = Assert.Throws<InputException>(() => BenchConfig.Parse("""
            {
              "data": "embedded", "features": "resnet18", "task": { "model": "linear" },
              "strategies": ["coverage", "mc-dropout"]
            }
            """, "x.json")).Message;
        Assert.StartsWith("x.json has 1 fault: ", message, StringComparison.Ordinal);
        Assert.Contains("strategies[1]", message, StringComparison.Ordinal);
        Assert.Contains("expected a network as task model for 'mc-dropout', found linear", message,
            StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "Slow")]
    public void Program_SimulateWithLinear_IsRefusedBeforeDataAreRead()
    {
        var outcome = CommandLine.Run("simulate", "--data", _folder["none-there"], "--strategy", "mc-dropout",
            "--features", "resnet18", "--out", _folder["run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("vaal: expected a network as task model for 'mc-dropout', found linear",
            Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }
}
