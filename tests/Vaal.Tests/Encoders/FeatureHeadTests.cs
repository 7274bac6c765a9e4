using Vaal.Coverage;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Training;

namespace Vaal.Tests.Encoders;

/// <summary>The task models linear, mlp and transductive in a simulated run.</summary>
[Collection(RunsAlone.Name)]
public sealed class FeatureHeadTests : IDisposable
{
    private const string Encoder = "eighths-of-tests", Noisy = "noisy-eighths-of-tests";

    public FeatureHeadTests()
    {
        PretrainedEncoders.Register(Encoder, "mean of each eighth", () => new Eighths());
        PretrainedEncoders.Register(Noisy, "the same and much noise", () => new Eighths(noise: 250));
    }

    public void Dispose()
    {
        PretrainedEncoders.Unregister(Encoder);
        PretrainedEncoders.Unregister(Noisy);
    }

    // the mean of each eighth of the rows: where the bright bar lies. The later parts begin higher, so that what is not
    // less the pool's mean looks like the last class
    private sealed class Eighths(int noise = 0) : IImageEncoder
    {
        public int Size => 32;
        public int FeatureDim => 8;
        public string Version => $"3, noise {noise}";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < count; i++)
                for (var part = 0; part < 8; part++)
                {
                    var sum = 0f;
                    foreach (var value in images.Slice(i * 3 * 1_024 + part * 128, 128)) sum += value;
                    // the same for the same image
                    var off = new Random((int)sum + 997 * part).NextSingle() - 0.5f;
                    features[i * 8 + part] = sum / 128 + 60 * part + noise * off;
                }
        }
    }

    /// <summary>Whoever reads the names while one is added reads those of before.</summary>
    [Fact]
    public void Register_WhileNamesAreRead_LeavesThemAsTheyWere()
    {
        var before = PretrainedEncoders.Names;
        PretrainedEncoders.Register("later-of-tests", "the same", () => new Eighths());
        try
        {
            Assert.DoesNotContain("later-of-tests", before);
            Assert.Contains("later-of-tests", PretrainedEncoders.Names);
        }
        finally
        {
            PretrainedEncoders.Unregister("later-of-tests");
        }
    }

    private static LoopOptions Options(string model) => new()
    {
        Strategy = "uncertainty-coverage",
        Features = Encoder,
        Initial = 8,
        Budget = 4,
        Rounds = 3,
        Task = TaskOptions.For(model),
    };

    [Theory]
    [InlineData("linear"), InlineData("mlp"), InlineData("transductive")]
    public void Run_TaskModelOnFeatures_LearnsWithoutTrainingANetwork(string model)
    {
        using var data = TinyImages.Data(60);
        var phases = new HashSet<string>();
        var loop = new ActiveLearningLoop(Options(model), data);
        var rounds = loop.Run(e => phases.Add(e.Phase));
        Assert.Equal([8, 12, 16], rounds.Select(r => r.Labelled));
        Assert.Equal(1, rounds[^1].Accuracy);
        Assert.DoesNotContain(phases, p => p.StartsWith("training", StringComparison.Ordinal));
    }

    private static float[] Features(ImageSet images, string encoder)
    {
        using var rows = SourceFeatures.Of(images, encoder);
        return rows.Rows([.. Enumerable.Range(0, images.Count)]);
    }

    [Fact]
    public void Run_Linear_IsTheHeadOfTrain()
    {
        using var data = TinyImages.Data(60);
        var head = new FeatureHead(TaskOptions.For("linear"), Encoder, data);
        var pool = TinyImages.Pool(data.Pool, 5);
        var rows = UnitRows.Of(Features(data.Pool, Encoder), 8);
        var fitted = LinearHead.Fit(HeadRows.Of(rows.Copy([0, 1, 2, 3, 4]), 8, [0, 1, 2, 3, 0], 4));
        var tests = UnitRows.Of(Features(data.Test!, Encoder), 8, rows.Mean);
        var p = fitted.Probabilities(tests.Copy([.. Enumerable.Range(0, 20)]));
        var right = p.Chunk(4).Where((row, i) => Array.IndexOf(row, row.Max()) == data.Test!.Classes[i]).Count();
        Assert.Equal(20, right);
        Assert.Equal(right / 20.0, head.Test(pool, 1, null, default).Measure);
    }

    /// <summary>The pool's images without a label are those that it spreads to. Features are so noisy that the plain
    /// head gets others right.</summary>
    [Fact]
    public void Run_Transductive_IsTheHeadThatSpreadsOverThePool()
    {
        using var data = TinyImages.Data(120, test: 200);
        var head = new FeatureHead(TaskOptions.For("transductive"), Noisy, data);
        var pool = TinyImages.Pool(data.Pool, 4);
        var rows = UnitRows.Of(Features(data.Pool, Noisy), 8);
        var tests = UnitRows.Of(Features(data.Test!, Noisy), 8, rows.Mean).Copy([.. Enumerable.Range(0, 200)]);
        double Right(LinearHead of) => of.Probabilities(tests).Chunk(4)
            .Where((row, i) => Array.IndexOf(row, row.Max()) == data.Test!.Classes[i]).Count() / 200.0;
        var expected = TransductiveHead.Fit(rows, [0, 1, 2, 3], [0, 1, 2, 3], 4, seed: 5);
        Assert.True(expected.Spreads);
        Assert.NotEqual(Right(LinearHead.Fit(HeadRows.Of(rows, [0, 1, 2, 3], [0, 1, 2, 3], 4))), Right(expected.Head));
        Assert.Equal(Right(expected.Head), head.Test(pool, 5, null, default).Measure);
    }

    /// <summary>Its first weights and the order of its rows are those of the round's seed.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Run_Mlp_IsTheHeadOfTheSeed()
    {
        using var data = TinyImages.Data(120, test: 200);
        var head = new FeatureHead(TaskOptions.For("mlp"), Noisy, data);
        var pool = TinyImages.Pool(data.Pool, 12);
        var rows = UnitRows.Of(Features(data.Pool, Noisy), 8);
        var tests = UnitRows.Of(Features(data.Test!, Noisy), 8, rows.Mean).Copy([.. Enumerable.Range(0, 200)]);
        int[] labelled = [.. Enumerable.Range(0, 12)];
        double Right(long seed)
        {
            using var of = MlpHead.Fit(HeadRows.Of(rows, labelled, [.. labelled.Select(i => i % 4)], 4), seed: seed);
            return of.Probabilities(tests).Chunk(4)
                .Where((row, i) => Array.IndexOf(row, row.Max()) == data.Test!.Classes[i]).Count() / 200.0;
        }
        long[] seeds = [1, 2, 3];
        Assert.True(seeds.Select(Right).Distinct().Count() > 1, "the seed changes nothing that is measured");
        Assert.Equal(seeds.Select(Right), seeds.Select(seed => head.Test(pool, seed, null, default).Measure));
    }

    /// <summary>Of thirteen labels of class 1, ten are wrong: a plain head believes them, a balanced one the rare
    /// three.</summary>
    [Theory, InlineData(false, 0.5), InlineData(true, 1)]
    public void Accuracy_ClassWeights_AreUsedWhereAskedFor(bool balanced, double accuracy)
    {
        using var data = TinyImages.Data(80, classes: 2);
        var pool = new Pool(data.Pool);
        for (var id = 0; id < 60; id += 2) pool.Label(id, 0);
        for (var i = 0; i < 13; i++) pool.Label(2 * i + 1, i < 10 ? 0 : 1);
        var head = new FeatureHead(new(TaskOptions.For("linear")) { Balanced = balanced }, Encoder, data);
        Assert.Equal(accuracy, head.Test(pool, 1, null, default).Measure);
    }

    /// <summary>A VAE of the test images would measure in another space.</summary>
    [Fact]
    public void Run_PixelsVae_LearnsFromThePoolAlone()
    {
        using var data = new DataSet("made", TinyImages.Set(8, seed: 91), TinyImages.Set(5, seed: 92),
            ["a", "b", "c", "d"], [], "made");
        var folder = Path.Combine(RuntimeOptions.Current.CacheFolder!, "features");
        string[] states = [SourceFeatures.StateOf(data.Pool, folder), SourceFeatures.StateOf(data.Test!, folder)];
        PixelsVaeEncoder.OpenBriefly(
            new() { State = states[0], Pool = () => new Pool(data.Pool) }, iterations: 3).Dispose();
        try
        {
            var head = new FeatureHead(TaskOptions.For("linear"), "pixels-vae", data);
            head.Test(TinyImages.Pool(data.Pool, 4), 1, null, default);
            Assert.Equal([true, false], states.Select(Directory.Exists));
        }
        finally
        {
            foreach (var state in states.Where(Directory.Exists)) Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public void Run_StrategyThatAsksANetwork_SaysWhatToDo()
    {
        using var data = TinyImages.Data(40);
        var options = new LoopOptions(Options("linear")) { Strategy = "mc-dropout" };
        Assert.StartsWith("expected a network as task model for 'mc-dropout', found linear",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(options, data)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linear"), InlineData("small-cnn")]
    public void Run_NoTestImageHasAClass_IsRefused(string model)
    {
        var tests = new ImageSet(new byte[4 * 1_024], 1, 32, 32, [-1, -1, -1, -1]);
        using var data = new DataSet("tiny", TinyImages.Set(40), tests, ["a", "b", "c", "d"], [], "no test classes");
        Assert.Equal("no test image of tiny has a class; accuracy needs test images that have some",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(Options(model), data)).Message);
    }

    [Fact]
    public void Problems_BalancedNetwork_IsRefused()
    {
        Assert.Empty(new TaskOptions(TaskOptions.For("linear")) { Balanced = true }.Problems());
        Assert.Contains("expected the task model linear with balanced class weights, found small-cnn",
            new TaskOptions(TaskOptions.Default) { Balanced = true }.Problems());
        Assert.StartsWith("no task model 'liner'; there are: linear, mlp, transductive, drn,",
            TaskOptions.For("liner").Problems().Single(), StringComparison.Ordinal);
    }
}
