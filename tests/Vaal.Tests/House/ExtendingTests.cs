using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Oracles;
using Vaal.Strategies;
using Vaal.Training;
using Vaal.Workspaces;
using static TorchSharp.torch;

namespace Vaal.Tests.House;

/// <summary>A user's own strategy and data format, as docs/extending.md shows them.</summary>
[Collection(RunsAlone.Name)]
public sealed class ExtendingTests
{
    [Fact]
    public void Register_AStrategyAndAFormat_AreUsedByName()
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[8 * 1_024];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i / 1_024 * 30);     // image 7 is the brightest
        folder.Write("images.raw", bytes);
        ExtendingExample.Strategy();
        ExtendingExample.Format();
        try
        {
            using var data = DataFormats.Load(folder.Path, new LoadOptions { Size = 32 });
            Assert.Equal(("raw-grey", 8), (data.Name, data.Pool.Count));

            var pool = new Pool(data.Pool);
            pool.Label(7, 0);
            using var networks = new Networks(pool);
            var query = new Query { Pool = pool, Budget = 2, Seed = 1, Networks = networks };
            Assert.Equal([6, 5], QueryStrategies.Create("brightest").Select(query).Ids);
            Assert.Equal("that are brightest", QueryStrategies.Describe("brightest"));

            bytes[0] ^= 1;                                                           // other data of the same length
            folder.Write("images.raw", bytes);
            using var other = DataFormats.Load(folder.Path, new LoadOptions { Size = 32 });
            Assert.NotEqual(data.Fingerprint, other.Fingerprint);
            folder.Write("images.raw", [1, 2, 3]);
            Assert.Throws<InputException>(() => DataFormats.Load(folder.Path, new LoadOptions { Size = 32 }));
            Assert.Throws<ArgumentException>(ExtendingExample.Strategy);
            Assert.Throws<ArgumentException>(ExtendingExample.Format);
        }
        finally
        {
            QueryStrategies.Unregister("brightest");
            DataFormats.Unregister("raw-grey");
        }
    }

    [Fact]
    public void Register_AnEncoder_IsUsedByAWorkspace()
    {
        using var folder = new TemporaryFolder();
        (byte R, byte G, byte B)[] colours = [(250, 0, 0), (245, 0, 0), (0, 250, 0), (0, 245, 0), (0, 0, 250)];
        foreach (var (i, (r, g, b)) in colours.Index())
            folder.Write($"{i}.png", TestImages.Rgb(64, 64, r, g, b));
        ExtendingExample.Encoder();
        try
        {
            Assert.Throws<ArgumentException>(ExtendingExample.Encoder);
            Assert.Contains("colours", PretrainedEncoders.Names);
            using var workspace = Workspace.Create(folder.Path, folder["workspace"]);
            workspace.Index(new IndexOptions { Encoder = PretrainedEncoders.Resolve("colours"), NearDuplicates = 0 });
            var (notes, problems) = workspace.MakeFeatures(new FeatureMaker());
            Assert.Empty(notes);
            Assert.Empty(problems);
            using var rows = SourceFeatures.Of(workspace.Sources())!;
            Assert.Equal([0f, 245f, 0f], rows.Rows([3]).Select(v => MathF.Round(v)));          // float16 keeps these

            // coverage takes one image of each colour
            var chosen = workspace.Next(new BatchChooser(new NextOptions { Budget = 3, Strategy = "coverage" }));
            Assert.Equal(["blue", "green", "red"], chosen.Picks
                .Select(c => c.Place[0] switch { '0' or '1' => "red", '2' or '3' => "green", _ => "blue" }).Order());
        }
        finally
        {
            PretrainedEncoders.Unregister("colours");
        }
    }

    [Theory]
    [InlineData(4, 3, "expected a size of 8..2048 pixels, found 4")]
    [InlineData(32, 0, "expected 1..1000000 features, found 0")]
    public void Register_AnEncoderWithStrangeSizes_IsRefusedWhenOpened(int size, int features, string said) =>
        Assert.Contains(said, Assert.Throws<InputException>(
            () => new RegisteredEncoder("odd", new Odd(size, features))).Message);

    private sealed record Odd(int Size, int FeatureDim) : IImageEncoder
    {
        public string Version => "";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features) { }
    }

    private static readonly LoopOptions Short = new()
    {
        Strategy = "random",
        Initial = 4,
        Budget = 2,
        Rounds = 2,
        Task = TinyImages.Task,
    };

    private sealed class Answers(int answer) : IOracle
    {
        public int Label(int id) => answer;
    }

    [Theory]
    [InlineData(4), InlineData(99), InlineData(-1)]
    public void Loop_OracleThatNamesNoClass_IsRefused(int answer)
    {
        using var data = TinyImages.Data(20);
        var loop = new ActiveLearningLoop(Short, data) { Oracle = new Answers(answer) };
        var first = InitialPool.Draw(data.Pool, 4, InitialDraw.Stratified, seed: 1)[0];
        Assert.Equal($"image {first}: expected a class 0..3 of the oracle, found {answer}",
            Assert.Throws<InputException>(() => loop.Run()).Message);
    }

    /// <summary>They are of the oracle that the data set's classes make.</summary>
    [Fact]
    public void Loop_OracleBesideNoise_IsRefused()
    {
        using var data = TinyImages.Data(20);
        var loop = new ActiveLearningLoop(new(Short) { Noise = 0.5 }, data) { Oracle = new Answers(0) };
        Assert.StartsWith("noise and labels from a file are not for an oracle of your own",
            Assert.Throws<InputException>(() => loop.Run()).Message, StringComparison.Ordinal);
    }

    /// <summary>Its labels would be given twice, also where the first run failed.</summary>
    [Fact]
    public void Loop_SecondRun_IsRefused()
    {
        using var data = TinyImages.Data(20);
        var loop = new ActiveLearningLoop(Short, data) { Oracle = new Answers(99) };
        Assert.Throws<InputException>(() => loop.Run());
        Assert.Equal("a loop runs once; make another one",
            Assert.Throws<InvalidOperationException>(() => loop.Run()).Message);
    }

    /// <summary>It would be ignored: what is learned is the data set's own sets or masks.</summary>
    [Fact]
    public void Loop_OracleWhereImagesHaveSeveralClassesOrMasks_IsRefused()
    {
        string Refusal(DataSet data, TaskOptions task) => Assert.Throws<InputException>(() =>
            new ActiveLearningLoop(new(Short) { Task = task }, data) { Oracle = new Answers(0) }.Run()).Message;
        using var bands = BandImages.Data(20);
        Assert.Equal("an oracle of your own needs one class per image, and the images of bands have several; leave "
            + "oracle out", Refusal(bands, TinyImages.Task));
        using var masks = TinyMasks.Data(20);
        Assert.Equal("an oracle of your own needs one class per image, and the images of tiny masks have masks; leave "
            + "oracle out", Refusal(masks, TinyMasks.Task));
    }

    [Fact]
    public void Loop_PoolWithoutClasses_LearnsFromTheOracle()
    {
        using var data = TinyImages.Data(20);
        using var bare = new ImageSet(
            [.. Enumerable.Range(0, 20).SelectMany(id => data.Pool[id].ToArray())], channels: 1, height: 32, width: 32);
        var unknown = data.With(bare, data.Test, []);
        var loop = ExtendingExample.Oracle(Short, unknown);
        loop.Run();
        Assert.Equal(6, loop.Pool.Labelled.Count);
        Assert.All(loop.Pool.Labelled, id => Assert.Equal(bare[id][0] < 128 ? 0 : 1, loop.Pool.ClassOf(id)));
        Assert.StartsWith("tiny has no classes; a simulation needs them as the oracle's answers",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(Short, unknown).Run()).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("tiny has no classes, so that the first images can lack none",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(new(Short) { WithoutClasses = [1] }, unknown))
            .Message, StringComparison.Ordinal);
    }

    private sealed class Nothing(bool byClass = false) : IQueryStrategy
    {
        public bool NeedsImageClasses => byClass;

        public Selection Select(Query query) => new([], []);
    }

    private sealed class ScoresByClass : ScoringStrategy
    {
        public override bool NeedsImageClasses => true;

        protected override void Prepare(Query query) { }

        protected override Tensor Score(Tensor x, Networks net) => x.sum([1, 2, 3]);
    }

    private sealed class Pixels : ScoringStrategy
    {
        protected override void Prepare(Query query) { }

        protected override Tensor Score(Tensor x, Networks net) => x * 1;
    }

    private sealed class BrightestAtOnce : ScoringStrategy
    {
        public override bool NeedsLabels => false;

        protected override void Prepare(Query query) { }

        protected override Tensor Score(Tensor x, Networks net) => x.mean([1, 2, 3]);
    }

    /// <summary>A round of no images would be kept, and a run would end early.</summary>
    [Fact]
    public void Strategy_ThatChoosesNothing_IsRefusedByLoopAndWorkspace()
    {
        const string said = "the strategy 'nothing': expected 1 to 2 different unlabelled images, with a score for "
            + "each or none, found no image";
        using var data = TinyImages.Data(20);
        QueryStrategies.Register("nothing", "that are none", () => new Nothing());
        try
        {
            Assert.Equal(said, Assert.Throws<InputException>(
                () => new ActiveLearningLoop(new(Short) { Strategy = "nothing" }, data).Run()).Message);
            Assert.Equal(said, Assert.Throws<InputException>(
                () => Choose("nothing", TinyImages.Pool(data.Pool, 8))).Message);
        }
        finally
        {
            QueryStrategies.Unregister("nothing");
        }
    }

    private static Choice Choose(string strategy, Pool pool)
    {
        IChooser chooser = new BatchChooser(
            new NextOptions { Strategy = strategy, Budget = 2, UseFeatures = false, Diverse = false });
        return chooser.Choose(new() { Pool = pool, Images = PoolImage.Unnumbered(pool.Images.Count) });
    }

    /// <summary>The first numbers of all pixels would be taken for the images' scores.</summary>
    [Fact]
    public void Score_OfAnotherShape_IsRefused()
    {
        using var images = TinyImages.Set(54);
        var pool = new Pool(images);
        using var networks = new Networks(pool);
        Assert.Equal("Pixels.Score: expected (B) = 54 scores, found (54,1,32,32)", Assert.Throws<InputException>(
            () => new Pixels().Select(new() { Pool = pool, Budget = 5, Seed = 1, Networks = networks })).Message);
    }

    /// <summary>Images 0 to 7, each brighter than the one before.</summary>
    [Fact]
    public void Strategy_ThatNeedsNoLabels_ChoosesTheFirstBatch()
    {
        using var images = new ImageSet(
            [.. Enumerable.Range(0, 8 * 1_024).Select(i => (byte)(i / 1_024 * 30))], 1, height: 32, width: 32);
        QueryStrategies.Register("at-once", "that are brightest", () => new BrightestAtOnce());
        try
        {
            var choice = Choose("at-once", new Pool(images));
            Assert.Equal(("at-once", false), (choice.Strategy, choice.ColdStart));
            Assert.Equal([7, 6], choice.Selection.Ids);
        }
        finally
        {
            QueryStrategies.Unregister("at-once");
        }
    }

    [Fact]
    public void Refusal_OfSeveralClasses_AsksAStrategyOfYourOwn()
    {
        var several = LearningTask.For(LabelForm.Classes);
        ExtendingExample.Strategy();
        QueryStrategies.Register("by-class", "by their class", () => new Nothing(byClass: true));
        QueryStrategies.Register("scores-by-class", "by their class", () => new ScoresByClass());
        try
        {
            Assert.StartsWith("the strategy scores-by-class chooses by the one class of an image",
                QueryStrategies.Refusal(several, "scores-by-class"), StringComparison.Ordinal);
            Assert.Null(QueryStrategies.Refusal(several, "brightest"));
            Assert.StartsWith("the strategy by-class chooses by the one class of an image",
                QueryStrategies.Refusal(several, "by-class"), StringComparison.Ordinal);
            Assert.StartsWith("the strategy badge chooses by the one class of an image",
                QueryStrategies.Refusal(several, "badge"), StringComparison.Ordinal);
        }
        finally
        {
            QueryStrategies.Unregister("brightest");
            QueryStrategies.Unregister("by-class");
            QueryStrategies.Unregister("scores-by-class");
        }
    }

    [Fact]
    public void Names_WhileAnotherIsRegistered_CanBeReadToTheEnd()
    {
        using var names = QueryStrategies.Names.GetEnumerator();
        Assert.True(names.MoveNext());
        ExtendingExample.Strategy();
        try
        {
            while (names.MoveNext()) Assert.NotEqual("brightest", names.Current);
            Assert.Contains("brightest", QueryStrategies.Names);
        }
        finally
        {
            QueryStrategies.Unregister("brightest");
        }
        Assert.DoesNotContain("brightest", QueryStrategies.Names);
    }

    /// <summary>Whoever makes networks hears of their training, and stops it.</summary>
    [Fact]
    public void Networks_ReportAndCancel_AreThoseOfTheirTraining()
    {
        using var images = TinyImages.Set(24);
        var pool = TinyImages.Pool(images, 8);
        using var stop = new CancellationTokenSource();
        var events = new List<TrainEvent>();
        using var networks = new Networks(pool, new(TinyImages.Vaal) { Iterations = 200 },
            report: e => { events.Add(e); stop.Cancel(); }, cancel: stop.Token);
        var query = new Query { Pool = pool, Budget = 2, Seed = 1, Networks = networks };
        Assert.Throws<OperationCanceledException>(() => QueryStrategies.Create("vaal").Select(query));
        Assert.Equal(200, Assert.Single(events).Total);
        Assert.InRange(events[0].Done, 1, 199);
        Assert.Null(networks.TrainedVaal);
    }

    [Fact]
    public void Loop_WithAnOracleOfYourOwn_LearnsItsLabels()
    {
        using var data = TinyImages.Data(20);
        var loop = ExtendingExample.Oracle(Short, data);
        loop.Run();
        Assert.Equal(6, loop.Pool.Labelled.Count);
        Assert.All(loop.Pool.Labelled, id => Assert.Equal(data.Pool[id][0] < 128 ? 0 : 1, loop.Pool.ClassOf(id)));
    }

    [Theory]
    [InlineData("Brightest")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("vaal")]
    [InlineData("auto")]                                                             // stands for another
    public void Register_AStrangeName_IsRefused(string name) =>
        Assert.ThrowsAny<ArgumentException>(
            () => QueryStrategies.Register(name, "", () => new ExtendingExample.Brightest()));

    [Fact]
    public void Page_ShowsTheCodeThatIsCompiled()
    {
        var source = File.ReadAllText(
            Path.Combine(Repository.Root, "tests", "Vaal.Tests", "House", "ExtendingExample.cs"));
        var compiled = source.Split("// begin\n").Skip(1)
            .Select(b => Unindented(b[..b.LastIndexOf('\n', b.IndexOf("// end", StringComparison.Ordinal))]));
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "extending.md"));
        Assert.All(compiled, code => Assert.Contains($"```csharp\n{code}\n```", page, StringComparison.Ordinal));
    }

    private static string Unindented(string code)
    {
        var lines = code.Split('\n');
        var indent = lines[0].TakeWhile(c => c == ' ').Count();
        return string.Join('\n', lines.Select(l => l.Length < indent ? "" : l[indent..]));
    }
}
