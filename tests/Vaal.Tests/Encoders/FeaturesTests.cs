using System.Buffers.Binary;
using System.Text;
using CsCheck;
using TorchSharp;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Encoders;

/// <summary>Features that strategies compare images by: the networks', a .npy file's, an .onnx encoder's.</summary>
public sealed class FeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Wherever =>
        new MatrixTheoryData<string, string>(["typiclust", "prob-cover"], ["vae", "task", "npy", "onnx"]);

    public void Dispose() => _folder.Dispose();

    // version 1: the length in two bytes; 2 and 3: in four
    private static byte[] Npy(string header, byte[] numbers, byte version = 1)
    {
        var text = Encoding.UTF8.GetBytes(header + "\n");
        byte[] length = version == 1
            ? [(byte)text.Length, (byte)(text.Length >> 8)]
            : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. numbers];
    }

    private static byte[] Singles(params float[] values) =>
        [.. values.SelectMany(v => Bytes(4, b => BinaryPrimitives.WriteSingleLittleEndian(b, v)))];

    private static byte[] Doubles(params double[] values) =>
        [.. values.SelectMany(v => Bytes(8, b => BinaryPrimitives.WriteDoubleLittleEndian(b, v)))];

    private static byte[] Bytes(int count, Action<byte[]> write)
    {
        var bytes = new byte[count];
        write(bytes);
        return bytes;
    }

    private static string Header(int rows, int columns, string type = "<f4") =>
        $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";

    [Fact]
    public void Npy_EachVersionAndType_IsReadRowByRow()
    {
        float[] expected = [1, -2.5f, 3, 0.1f, float.MaxValue, 6];
        var singles = Singles(expected);
        var doubles = Doubles([.. expected.Select(v => (double)v)]);
        foreach (var bytes in new[]
        {
            Npy(Header(2, 3), singles), Npy(Header(2, 3), singles, 2), Npy(Header(2, 3, "<f8"), doubles, 3),
            Npy("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f8\"}   ", doubles),
        })
        {
            var (values, columns) = Vaal.Data.Npy.Read(_folder.Write("x.npy", bytes), 2);
            Assert.Equal(3, columns);
            Assert.Equal(expected, values);
        }
        Assert.Equal([1f, -2.5f],
            Vaal.Data.Npy.Read(_folder.Write("x.npy", Npy(Header(2, 1, "<f2"), [0x00, 0x3c, 0x00, 0xc1])), 2).Values);
        Assert.Equal(
            (float)Math.PI,
            Vaal.Data.Npy.Read(_folder.Write("x.npy", Npy(Header(1, 1, "<f8"), Doubles(Math.PI))), 1).Values[0]);
    }

    public static TheoryData<string, string, byte[]> Bad => new()
    {
        { "empty", "is not a .npy file; expected a table of float16, float32 or float64", [] },
        { "text", "is not a .npy file; ", [.. "1,2,3,4,5,6,7,8"u8] },
        { "zip", "is not a .npy file; ", [.. "PK\x03\x04 an .npz is a zip"u8] },
        { "start", "is cut short: it has 8 bytes", [0x93, .. "NUMPY"u8, 1, 0] },
        { "version", "has version 9 of the format", Npy(Header(2, 1), Singles(1, 2), 9) },
        { "header", "is cut short: its header has 65535 bytes", [0x93, .. "NUMPY"u8, 1, 0, 255, 255, .. "{'descr'"u8] },
        { "no shape", "is damaged: its header has no shape: {'descr': '<f4', 'fortran_order': False}",
            Npy("{'descr': '<f4', 'fortran_order': False}", []) },
        { "fortran", "has its numbers column by column (fortran_order)",
            Npy(Header(2, 1).Replace("False", "True", StringComparison.Ordinal), Singles(1, 2)) },
        { "rows", "has 3 rows, and the pool has 2 images", Npy(Header(3, 1), Singles(1, 2, 3)) },
        { "1-D", "has the shape (2,); ",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Singles(1, 2)) },
        { "3-D", "has the shape (2, 1, 1); ",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1), }", Singles(1, 2)) },
        { "no columns", "has the shape (2, 0); ", Npy(Header(2, 0), []) },
        { "huge", "at most",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 9000000000000000000), }", Singles(1, 2)) },
        { "negative", "is damaged: it has the shape (2, -1)", Npy(Header(2, -1), []) },
        { "integers", "has numbers of type '<i8'; expected a table of float16, float32 or float64",
            Npy(Header(2, 1, "<i8"), Doubles(1, 2)) },
        { "complex", "has numbers of type '<c8'; ", Npy(Header(2, 1, "<c8"), new byte[16]) },
        { "structure", "has numbers of type '[('a', '<f4')]'; ",
            Npy(Header(2, 1).Replace("'<f4'", "[('a', '<f4')]", StringComparison.Ordinal), Singles(1, 2)) },
        { "big end", "has its numbers big end first ('>f4'); expected little end first ('<f4')",
            Npy(Header(2, 1, ">f4"), Singles(1, 2)) },
        { "short", "is cut short: its header says 8 bytes of numbers, and 7 follow it",
            Npy(Header(2, 1), Singles(1, 2)[..7]) },
        { "long", "is damaged: its header says 8 bytes of numbers, and 12 follow it",
            Npy(Header(2, 1), Singles(1, 2, 3)) },
        { "NaN", "gives image 1 the feature NaN in column 0; expected finite numbers",
            Npy(Header(2, 2), Singles(1, 2, float.NaN, 3)) },
        { "infinite", "gives image 0 the feature -Infinity in column 1; ",
            Npy(Header(2, 2), Singles(1, float.NegativeInfinity, 3, 4)) },
        { "too large", "gives image 1 the feature Infinity in column 0; ",
            Npy(Header(2, 1, "<f8"), Doubles(1, 1e300)) },
    };

    [Theory, MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Npy_ThatCannotBe_IsRefusedInOneLine(string name, string problem, byte[] bytes) =>
        RefusedInOneLine(_folder.Write($"{name}.npy", bytes), problem);

    private static void RefusedInOneLine(string file, string problem)
    {
        using var images = TinyImages.Set(2);
        var message = Assert.Throws<InputException>(() => new FeatureSource(file, images)).Message;
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Npy_AnyByteOfItsHeaderChanged_IsReadOrRefused()
    {
        using var images = TinyImages.Set(2);
        var whole = Npy(Header(2, 2), Singles(1, 2, 3, 4));
        Gen.Select(Gen.Int[0, whole.Length - 17], Gen.Byte).Sample((at, value) =>
        {
            byte[] bytes = [.. whole];
            bytes[at] = value;
            try { _ = new FeatureSource(_folder.Write("x.npy", bytes), images); }
            catch (InputException e) { Assert.DoesNotContain('\n', e.Message); }
        }, iter: 1_000, threads: 1);
    }

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

    [Fact]
    [Trait("Category", "Slow")]
    public void Source_PixelsVae_LearnsFromEachDataSetWithoutFilesAnew()
    {
        string[] Trained() => Directory.GetFiles(
            _folder["features"], "pixels-vae.safetensors", SearchOption.AllDirectories);
        for (var set = 1; set <= 2; set++)
        {
            using var data = new DataSet(
                "made", TinyImages.Set(6), TinyImages.Set(3), ["a", "b", "c", "d"], [], $"set {set}");
            SourceFeatures.Of(data.Pool, "pixels-vae", _folder["features"]).Dispose();
            Assert.Equal(set, Trained().Length);
            SourceFeatures.Of(data.Test!, "pixels-vae", _folder["features"]).Dispose();
            Assert.Equal(set, Trained().Length);                                     // the pool's serves the test images
        }
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
                    options with { Features = _folder.Write("x.npy", Npy(Header(39, 1), Singles(new float[39]))) },
                    data)).Message, StringComparison.Ordinal);
    }
}
