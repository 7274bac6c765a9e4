using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.House;

/// <summary>Mistakes in a user's own code are said with their place; what is no mistake works at default
/// options.</summary>
[Collection(RunsAlone.Name)]
public sealed class ExtendingMistakesTests
{
    private sealed class Scores(Func<Tensor, Tensor?> of) : ScoringStrategy
    {
        public override bool NeedsLabels => false;

        protected override void Prepare(Query query) { }

        protected override Tensor Score(Tensor x, Networks net) => of(x)!;
    }

    private sealed class Lines(string? description) : IDataFormat
    {
        public string Description => description!;

        public bool Recognises(string path) => false;

        public DataSet Load(string path, LoadOptions options) => throw new NotSupportedException();
    }

    private static Tensor Brightness(Tensor x) => x.mean([1, 2, 3]);

    private static void With(string name, Func<IQueryStrategy> create, Action test)
    {
        QueryStrategies.Register(name, "that are tests", create);
        try
        {
            test();
        }
        finally
        {
            QueryStrategies.Unregister(name);
        }
    }

    /// <summary>Images 0 to 39, each brighter than the one before. The ten brightest are the candidates; of them the
    /// brightest and the one farthest from it are taken. No network is trained for that, and none could be.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Strategy_WithoutANetwork_IsThinnedOutBySmallPictures(bool labelled)
    {
        using var images = new ImageSet(
            [.. Enumerable.Range(0, 40 * 1_024).Select(i => (byte)(i / 1_024 * 6))], 1, height: 32, width: 32);
        var (pool, phases) = (new Pool(images), new HashSet<string>());
        if (labelled) pool.Label(0, 0);
        With("at-once", () => new Scores(Brightness), () =>
        {
            IChooser chooser = new BatchChooser(
                new NextOptions { Strategy = "at-once", Budget = 2, UseFeatures = false });
            var choice = chooser.Choose(new()
            {
                Pool = pool,
                Images = PoolImage.Unnumbered(images.Count),
                Report = e => phases.Add(e.Phase),
            });
            Assert.Equal([39, 30], choice.Selection.Ids);
        });
        Assert.DoesNotContain(phases, p => p.StartsWith("training", StringComparison.Ordinal));
    }

    [Fact]
    public void Score_ThatIsNoNumberOrNull_IsRefusedWithTheStrategysName()
    {
        using var images = TinyImages.Set(54);
        var pool = new Pool(images);
        using var networks = new Networks(pool);
        string Refusal(Func<Tensor, Tensor?> of) => Assert.Throws<InputException>(() => new Scores(of).Select(
            new() { Pool = pool, Budget = 5, Seed = 1, Networks = networks })).Message;
        Assert.Equal("Scores.Score: expected a number for each image, found NaN for image 0",
            Refusal(x => Brightness(x) * float.NaN));
        Assert.Equal("Scores.Score: expected (B) = 54 scores, found null", Refusal(_ => null));
    }

    [Fact]
    public void Register_AFactoryThatMakesNull_IsRefusedWhereverItIsAsked() => With("nobody", () => null!, () =>
    {
        const string said = "the strategy 'nobody': expected a strategy, found null";
        Assert.Equal(said, Assert.Throws<InputException>(() => QueryStrategies.Create("nobody")).Message);
        Assert.Equal(said,
            Assert.Throws<InputException>(() => QueryStrategies.Problem("nobody", "linear", encoder: true)).Message);
        Assert.Equal(said, Assert.Throws<InputException>(
            () => QueryStrategies.Problem("nobody", "small-cnn", encoder: true, several: true)).Message);
    });

    [Theory]
    [InlineData("two\nlines"), InlineData("two\rlines"), InlineData("a\u2028b"), InlineData("a\tb")]
    [InlineData(null)]
    public void Register_ADescriptionThatIsNotOneLine_IsRefused(string? description)
    {
        Action[] registrations =
        [
            () => QueryStrategies.Register("odd", description!, () => new ExtendingExample.Brightest()),
            () => PretrainedEncoders.Register("odd", description!, () => new ExtendingExample.MeanColours()),
            () => DataFormats.Register("odd", new Lines(description)),
        ];
        foreach (var register in registrations)
            Assert.Equal("description", Assert.ThrowsAny<ArgumentException>(register).ParamName);
        Assert.DoesNotContain("odd", QueryStrategies.Names);
        Assert.DoesNotContain("odd", PretrainedEncoders.Names);
        Assert.DoesNotContain("odd", DataFormats.Names);
    }

    [Fact]
    public void QueryStrategies_NullAsName_IsRefusedAsTheArgument()
    {
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => QueryStrategies.Create(null!)).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => QueryStrategies.Describe(null!)).ParamName);
        Assert.Equal("name",
            Assert.Throws<ArgumentNullException>(() => QueryStrategies.Problem(null!, "linear", true)).ParamName);
    }

    /// <summary>The images do have classes: what lacks is how many there are.</summary>
    [Fact]
    public void Networks_WithoutTheNumberOfClasses_AskForIt()
    {
        using var images = TinyImages.Set(24);
        using var networks = new Networks(TinyImages.Pool(images, 8), task: TinyImages.Task);
        Assert.Equal("expected the number of classes, found 0; pass classes to Networks",
            Assert.Throws<InputException>(() => networks.Task).Message);
        var bare = new Pool(images);
        bare.Label(0, -1);
        using var without = new Networks(bare, task: TinyImages.Task);
        Assert.StartsWith("no labelled image has a class", Assert.Throws<InputException>(() => without.Task).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_Disposed_TrainNothingMore()
    {
        using var images = TinyImages.Set(24);
        var networks = new Networks(TinyImages.Pool(images, 8), TinyImages.Vaal, TinyImages.Task, classes: 4);
        _ = networks.Task;
        networks.Dispose();
        networks.Dispose();
        Assert.Throws<ObjectDisposedException>(() => networks.Task);
        Assert.Throws<ObjectDisposedException>(() => networks.Vaal);
        Assert.Throws<ObjectDisposedException>(() => networks.Committee(2));
    }
}
