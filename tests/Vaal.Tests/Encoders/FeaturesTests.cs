using TorchSharp;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Encoders;

/// <summary>Features that strategies compare images by: the networks', a .npy file's, an .onnx encoder's.</summary>
public sealed partial class FeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Wherever =>
        new MatrixTheoryData<string, string>(["typiclust", "prob-cover"], ["vae", "task", "npy", "onnx"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Source_NoSuchFileOrWord_SaysWhatWasWanted()
    {
        using var images = TinyImages.Set(2);
        Assert.StartsWith("no file nowhere.npy; expected a table of float16",
            Assert.Throws<InputException>(() => new FeatureSource("nowhere.npy", images)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "no file nowhere.onnx; expected an ONNX model",
            Assert.Throws<InputException>(() => new FeatureSource("nowhere.onnx", images)).Message);
        Assert.Equal(
            ["no features 'taks'; there are: vae, task, resnet18, dinov2-small, dinov2-base, siglip-base, pixels-vae, "
                + "or the path of a file that ends in .npy or .onnx"],
                    new LoopOptions { Features = "taks" }.Problems());
        Assert.Empty(new LoopOptions { Features = "a/b.ONNX", Strategy = "random" }.Problems());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    // 40 images: the last three are filled up
    [InlineData(3)]
    public void Onnx_Flatten_GivesThePixelsAsOurNetworksSeeThem(int? batch)
    {
        using var scope = torch.NewDisposeScope();
        using var images = TinyImages.Set(40, channels: 3);
        var file = _folder.Write("flatten.onnx", OnnxBytes.Model("Flatten", [batch, 3, null, 32], 2));
        using var encoder = OnnxEncoder.Open(file, images);
        Assert.Equal(3 * 32 * 32, encoder.FeatureDim);
        int[] ids = [.. Enumerable.Range(0, 40)];
        var features = encoder.Features(Augment.Normalise(images.Batch(ids)));
        Assert.Equal([40, 3 * 32 * 32], features.shape);
        Assert.Equal(
            ids.SelectMany(id => images[id].ToArray()).Select(b => (b / 255f - 0.5f) / 0.5f),
            features.data<float>().ToArray());
    }

    [Fact]
    public void Onnx_MeansOfAPool_AreThoseWorkedByHandWhateverTheOrder()
    {
        using var scope = torch.NewDisposeScope();
        using var images = TinyImages.Set(70, channels: 3);
        var pool = TinyImages.Pool(images, 5);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        var source =
            new FeatureSource(_folder.Write("mean.onnx", OnnxBytes.Model("GlobalAveragePool", new int?[4], 4)), images);
        int[] ids = [69, 3, 0, 33];
        var features = source.Of(new Query { Pool = pool, Budget = 1, Seed = 1, Networks = networks }, ids);
        Assert.Equal([4, 3], features.shape);
        var expected = ids.SelectMany(
            id => images[id].ToArray().Chunk(32 * 32).Select(plane => plane.Average(b => b / 127.5 - 1))).ToArray();
        Assert.All(features.data<float>().ToArray().Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-5));
        Assert.Equal(TimeSpan.Zero, networks.TrainingTime);
    }

    public static TheoryData<string, byte[]> Unfit => new()
    {
        { "is not an ONNX model that can be loaded: ", [.. "no protobuf"u8] },
        { "its input 'x' is (B, 3, ?, ?); the images here are (B, 1, 32, 32): batch, channels, rows, columns",
            OnnxBytes.Model("GlobalAveragePool", [null, 3, null, null], 4) },
        { "its input 'x' is (B, 1, 224, 224); the images here are (B, 1, 32, 32)",
            OnnxBytes.Model("GlobalAveragePool", [null, 1, 224, 224], 4) },
        { "its input 'x' is (B, ?); the images here are ", OnnxBytes.Model("Relu", new int?[2], 2) },
        { "its input 'x' is Double; expected float32", OnnxBytes.Model("Relu", new int?[4], 4, OnnxBytes.Double) },
        { "it has 2 inputs (x, mask); expected one", OnnxBytes.Model("GlobalAveragePool", new int?[4], 4,
            OnnxBytes.Float, "mask") },
        { "its output 'y' is (2, 1, 32, 32) for 2 images; expected (2, F) or (2, F, 1, 1)",
            OnnxBytes.Model("Relu", new int?[4], 4) },
    };

    [Theory, MemberData(nameof(Unfit), DisableDiscoveryEnumeration = true)]
    public void Onnx_ThatDoesNotFit_IsRefusedInOneLine(string problem, byte[] model) =>
        RefusedInOneLine(_folder.Write("x.onnx", model), problem);

    [Fact]
    public void Onnx_FeaturesThatAreNoNumbers_AreRefused()
    {
        using var images = TinyImages.Set(4);
        var pool = TinyImages.Pool(images, 1);
        using var networks = new Networks(pool);
        var source = new FeatureSource(
            _folder.Write("log.onnx", OnnxBytes.Model("Log", [null, 1, 1, 1], 4)),
            new ImageSet(PixelStore.Allocate(4), 1, 1, 1));
        // −1 each, and its logarithm is none
        using var black = new ImageSet(PixelStore.Allocate(4), 1, 1, 1);
        var e = Assert.Throws<InputException>(
            () => source.Of(new Query { Pool = new Pool(black), Budget = 1, Seed = 1, Networks = networks }, [0]));
        Assert.Contains(
            "log.onnx gives image 0 the feature NaN in column 0; expected finite numbers", e.Message,
            StringComparison.Ordinal);
    }

    /// <summary>Four pictures, twelve copies of each: whatever tells them apart, one of each group without a label is
    /// the answer.</summary>
    [Theory, MemberData(nameof(Wherever))]
    public void Strategy_GroupsOfCopies_ChoosesOneOfEachWithoutLabel(string strategy, string features)
    {
        using var scope = torch.NewDisposeScope();
        using var four = TinyImages.Set(4);
        using var images = four.Subset([.. Enumerable.Range(0, 48).Select(id => id % 4)]);
        var pool = new Pool(images);
        foreach (var id in new[] { 6, 10 }) pool.Label(id, 2);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        var source = new FeatureSource(features switch
        {
            "npy" => _folder.Write(
                "x.npy", Npy(
                    Header(48, 2),
                    Singles([.. Enumerable.Range(0, 48).SelectMany(id => new[] { id % 4 * 100f, id / 4 * 0.1f })]))),
            "onnx" => _folder.Write("x.onnx", OnnxBytes.Model("Flatten", new int?[4], 2)),
            _ => features,
        }, images);
        var chosen = QueryStrategies.Create(strategy)
            .Select(new() { Pool = pool, Budget = 3, Seed = 1, Networks = networks, Features = source }).Ids;
        Assert.Equal([0, 1, 3], chosen.Select(id => id % 4).Order());
        Assert.Equal(features == "vae", networks.TrainedVaal is not null);
    }

    /// <summary>Of four groups the largest has labels: the three others are what is left to cover.</summary>
    [Theory]
    [InlineData("coverage"), InlineData("facility-location"), InlineData("uncertainty-coverage")]
    public void Covering_GroupWithLabels_CountsAsCovered(string strategy)
    {
        const int count = 60;
        static int Group(int id) => id < 48 ? id % 4 : 2;
        using var four = TinyImages.Set(4);
        using var images = four.Subset([.. Enumerable.Range(0, count).Select(Group)]);
        var pool = new Pool(images);
        foreach (var id in new[] { 6, 10 }) pool.Label(id, 2);
        using var networks = new Networks(pool);
        float[] rows = [.. Enumerable.Range(0, count)
            .SelectMany(id => Enumerable.Range(0, 4).Select(k => k == Group(id) ? 10 + id * 0.01f : 0))];
        var source = new FeatureSource(_folder.Write("x.npy", Npy(Header(count, 4), Singles(rows))), images);
        var chosen = QueryStrategies.Create(strategy)
            .Select(new() { Pool = pool, Budget = 3, Seed = 1, Networks = networks, Features = source }).Ids;
        Assert.Equal([0, 1, 3], chosen.Select(Group).Order());
    }

    [Fact]
    public void Source_EncoderByName_GivesTheFeaturesOfTheStore()
    {
        using var scope = torch.NewDisposeScope();
        using var images = TinyImages.Set(5, channels: 3);
        using var rows = SourceFeatures.Of(images, "resnet18", _folder["features"]);
        Assert.Equal((5, 512), (rows.Count, rows.Dim));
        var pool = TinyImages.Pool(images, 1);
        using var networks = new Networks(pool);
        var found = new FeatureSource("resnet18", images)
            .Of(new Query { Pool = pool, Budget = 1, Seed = 1, Networks = networks }, [4, 0]);
        Assert.Equal(rows.Rows([4, 0]), found.data<float>().ToArray());
        Assert.Equal(TimeSpan.Zero, networks.TrainingTime);
    }

    [Fact] // what the pictures show says one thing, the file another
    public void Strategy_FeaturesOfAFile_AreWhatCounts()
    {
        using var images = TinyImages.Set(48);
        var pool = TinyImages.Pool(images, 1);                                       // image 0, so group 0 below
        using var networks = new Networks(pool, classes: 4);
        var source = new FeatureSource(
            _folder.Write(
                "x.npy", Npy(
                    Header(48, 1),
                    Singles([.. Enumerable.Range(0, 48).Select(id => id / 12 * 100f + id % 12 * 0.1f)]))), images);
        foreach (var strategy in new[] { "typiclust", "prob-cover" })
        {
            var chosen = QueryStrategies.Create(strategy)
                .Select(new() { Pool = pool, Budget = 3, Seed = 1, Networks = networks, Features = source }).Ids;
            Assert.Equal([1, 2, 3], chosen.Select(id => id / 12).Order());
        }
        Assert.Equal(TimeSpan.Zero, networks.TrainingTime);                          // no network was asked for
    }

    [Fact]
    public void TypiClust_TaskAndVae_EachChooseInTheirOwnFeatures()
    {
        using var scope = torch.NewDisposeScope();
        using var images = TinyImages.Set(60);
        var pool = TinyImages.Pool(images, 20);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        int[] ids = [.. pool.Unlabelled, .. pool.Labelled];
        int[] Select(string features) =>
            [.. QueryStrategies.Create("typiclust")
                .Select(new() { Pool = pool, Budget = 7, Seed = 1, Networks = networks,
                    Features = new(features, images) }).Ids];
        int[] ByHand(torch.Tensor features) =>
            [.. TypiClustStrategy.Choose(features, KMeans.Cluster(features, 27, Seeds.Derive(1, "typiclust", 0)), 40, 7)
                .Select(i => ids[i])];
        int[] task = Select("task"), vae = Select("vae");
        Assert.Equal(ByHand(TaskFeatures.Of(networks, images, ids)), task);
        Assert.Equal(ByHand(networks.Vaal.Latent(images, ids)), vae);
        Assert.NotEqual(vae, task);
    }

    [Fact]
    public void Loop_FeaturesOfAFile_NeedsNoVaeAndLeavesNoTensor()
    {
        using var data = TinyImages.Data(40);
        var file = _folder.Write("x.onnx", OnnxBytes.Model("Flatten", new int?[4], 2));
        var options = new LoopOptions
        {
            Strategy = "typiclust",
            Features = file,
            Initial = 12,
            Budget = 6,
            Rounds = 3,
            Vaal = TinyImages.Vaal,
            Task = TinyImages.Task
        };
        var rounds = new ActiveLearningLoop(options, data).Run();
        Assert.Equal([6, 6, 0], rounds.Select(r => r.Picks.Count));
        Assert.All(rounds, r => Assert.Null(r.Health));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(rounds.Select(r => r.Picks), new ActiveLearningLoop(options, data).Run().Select(r => r.Picks));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Contains("has 39 rows, and the pool has 40 images",
            Assert.Throws<InputException>(
                () => new ActiveLearningLoop(
                    new(options) { Features = _folder.Write("x.npy", Npy(Header(39, 1), Singles(new float[39]))) },
                    data)).Message, StringComparison.Ordinal);
    }
}
