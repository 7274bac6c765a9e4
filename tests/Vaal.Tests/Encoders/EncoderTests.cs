using Google.Protobuf;
using Onnx;
using TorchSharp;
using Vaal.Data;
using Vaal.Data.Fetch;
using Vaal.Encoders;
using Vaal.Models;

namespace Vaal.Tests.Encoders;

/// <summary>Encoders: a user's ONNX models of every form, bad ones, the built-in ones, and models that are
/// fetched.</summary>
public sealed partial class EncoderTests : IDisposable
{
    private const string Plain = """{ "mean": [0, 0, 0], "std": [1, 1, 1] }""";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // two images of 16 pixels: planes of 10, 20, 30 and of 40, 50, 60
    private static byte[] Images(int side = 16) =>
        [.. new byte[] { 10, 20, 30, 40, 50, 60 }.SelectMany(v => Enumerable.Repeat(v, side * side))];

    private static float[] Encode(IEncoder encoder, byte[] images, int count = 2)
    {
        var features = new float[count * encoder.FeatureDim];
        encoder.Encode(images, count, features);
        return features;
    }

    private static void Near(double[] expected, float[] found, double tolerance = 1e-5) =>
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, tolerance));

    public static TheoryData<string, int, int?, bool> Forms => new()
    {
        { "NCHW", OnnxModels.Float, null, false }, { "NCHW", OnnxModels.Float16, null, false },
        { "NHWC", OnnxModels.Float, null, false }, { "NHWC", OnnxModels.Float16, null, true },
        { "NCHW", OnnxModels.Float, 1, true }, { "NCHW", OnnxModels.Float, 3, true },
            { "NHWC", OnnxModels.Float, 2, true },
    };

    [Theory, MemberData(nameof(Forms))]
    public void Onnx_EachForm_GivesTheMeansOfTheChannels(string layout, int type, int? batch, bool sized)
    {
        int? side = sized ? 16 : null;
        var model = layout == "NCHW" ? OnnxModels.Of("GlobalAveragePool", [batch, 3, side, side], 4, type)
            : OnnxModels.MeanOfLastAxis([batch, side, side, 3], type);
        var path = model.Write(_folder, "means.onnx", sized ? Plain
            : """{ "size": 16, "mean": [0, 0, 0], "std": [1, 1, 1] }""");
        using var encoder = PretrainedEncoders.Open(path, new EncoderContext());
        Assert.Equal((3, 16, "means"), (encoder.FeatureDim, encoder.Input.Size, encoder.Name));
        Near([10 / 255.0, 20 / 255.0, 30 / 255.0, 40 / 255.0, 50 / 255.0, 60 / 255.0], Encode(encoder, Images()),
            type == OnnxModels.Float ? 1e-5 : 1e-3);
    }

    [Fact]
    public void Onnx_MeanDeviationAndOrder_AreAsTheSettingsSay()
    {
        var path = OnnxModels.Of("GlobalAveragePool", [null, 3, null, null], 4).Write(_folder, "a.onnx",
            """{ "size": 16, "mean": [1, 2, 3], "std": [2, 4, 5], "range": 255, "channels": "BGR" }""");
        using var encoder = PretrainedEncoders.Open(path, new EncoderContext());
        Near([(30 - 1) / 2.0, (20 - 2) / 4.0, (10 - 3) / 5.0], Encode(encoder, Images()));
    }

    [Theory]
    [InlineData("first", 0)]
    [InlineData("mean", 1.5)]
    public void Onnx_OutputOfTokens_GivesOneOfThemOrTheirMean(string pool, double token)
    {
        // (B, 1, S, S) → (B, S, S): a row is a token
        var model = OnnxModels.Of("Squeeze", [null, 1, 4, 4], 3);
        model.Graph.Node[0].Input.Add("axes");
        model.Graph.Initializer.Add(new TensorProto { Name = "axes", DataType = 7, Dims = { 1 }, Int64Data = { 1 } });
        var path = model.Write(_folder, "tokens.onnx",
            $$"""{ "mean": [0], "std": [1], "range": 255, "channels": "grey", "size": 8, "pool": "{{pool}}" }""");
        Assert.Contains("found (B, 1, 4, 4)",
            Assert.Throws<InputException>(() => PretrainedEncoders.Open(path, new EncoderContext())).Message);
        model.Graph.Input[0].Type.TensorType.Shape.Dim[2].DimValue = 8;
        model.Graph.Input[0].Type.TensorType.Shape.Dim[3].DimValue = 8;
        model.Write(_folder, "tokens.onnx", null);
        using var encoder = PretrainedEncoders.Open(path, new EncoderContext());
        byte[] image = [.. Enumerable.Range(0, 64).Select(i => (byte)(i / 8 < 4 ? i / 8 : 7 - i / 8))];
        Assert.Equal(8, encoder.FeatureDim);
        Near(Enumerable.Repeat(token, 8).ToArray(), Encode(encoder, image, 1));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void ResNet18_OtherSizesAndThreads_GivesOneRowAnImage()
    {
        foreach (var size in new[] { 128, 160 })
        {
            using var runtime = ResNet18Encoder.OpenRuntime(ResNet18Encoder.Input with { Size = size });
            using var folded = ResNet18Encoder.OpenTorch(torch.ScalarType.Float32,
                ResNet18Encoder.Input with { Size = size });
            var images = new byte[3 * runtime.Input.ImageBytes];
            new Random(size).NextBytes(images);
            var (expected, found) = (Encode(runtime, images, 3), Encode(folded, images, 3));
            Assert.Equal(3 * 512, expected.Length);
            Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, 2e-3f));
            Assert.NotEqual(runtime.Digest, folded.Digest);
        }
    }

    [Fact]
    public void FoldedGraph_Run_LeavesNoTensor()
    {
        using var folded = ResNet18Encoder.OpenTorch(torch.ScalarType.Float32,
            ResNet18Encoder.Input with { Size = 128 });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Encode(folded, new byte[folded.Input.ImageBytes], 1);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Input_ResizeLargerThanSize_CutsTheCentreOut()
    {
        var png = _folder.Write("x.png", TestImages.Grey(60, 40, (x, y) => x is >= 20 and < 40 && y is >= 10 and < 30
            ? 200 : 20));
        var input = new EncoderInput { Size = 8, Resize = 16, Channels = 1, Mean = [0], Std = [1] };
        var pixels = new byte[64];
        // 60×40 → 24×16 → 16×16 → 8×8: only the bright square
        Assert.Null(input.Decode(png, pixels, 1 << 20).Problem);
        Assert.All(pixels, p => Assert.InRange(p, 150, 201));
        Assert.Equal(200, pixels[8 * 4 + 4]);
        Assert.Null((input with { Resize = null }).Decode(png, pixels, 1 << 20).Problem);
        Assert.Contains(pixels, p => p < 30);
    }

    // the machinery of `vaal encoder fetch`, with a model that stands in for the pinned ones
    [Fact]
    public void Fetched_StandInModel_IsFetchedVerifiedAndUsed()
    {
        var bytes = OnnxModels.Of("GlobalAveragePool", [null, 3, null, null], 4).ToByteArray();
        using var server = new FileServer(a => FileServer.Proper(a, bytes));
        var file = new RemoteFile("model.onnx", bytes.Length,
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
        var encoder = new FetchedEncoder("stand-in", "", "free",
            new EncoderInput { Size = 16, Mean = [0, 0, 0], Std = [1, 1, 1] }, new OnnxOptions());
        var entry = FetchedEncoder.Entry(encoder, 3, server.Address, file);
        var context = new EncoderContext { Models = _folder["models"] };
        Assert.Contains("'vaal encoder fetch stand-in' fetches it",
            Assert.Throws<InputException>(() => entry.Open(context).Load()).Message);
        var store = FetchedEncoder.Store(context.Models);
        Assert.True(store.Fetch(entry.Source!, new FetchOptions()));
        Assert.False(store.Fetch(entry.Source!, new FetchOptions()));
        Assert.Equal("model.onnx", Assert.Single(server.Requests).Name);
        using (var opened = entry.Open(context)) Near([10 / 255.0, 20 / 255.0, 30 / 255.0], Encode(opened, Images()));
        var here = Path.Combine(store.Folder(entry.Source!), "model.onnx");
        File.WriteAllBytes(here, bytes[..^1]);
        Assert.Contains("is damaged", Assert.Single(store.Check(entry.Source!)));
        Assert.Contains("'vaal encoder fetch stand-in' fetches it again",
            Assert.Throws<InputException>(() => entry.Open(context).Load()).Message);

        var elsewhere = _folder.Write("copy.onnx", bytes);                        // --from a file
        Assert.True(store.Fetch(entry.Source!, new FetchOptions { From = elsewhere }));
        Assert.Empty(store.Check(entry.Source!));
        var cache = FetchedEncoder.Store(_folder["cache"]);                       // --from the folder that --to made
        Assert.True(cache.Fetch(entry.Source!, new FetchOptions { From = store.Folder(entry.Source!) }));
        Assert.Empty(cache.Check(entry.Source!));
        File.Delete(here);
        _folder.Write("copy.onnx", bytes[..^1]);
        Assert.Contains("nothing of it was kept",
            Assert.Throws<InputException>(() =>
            store.Fetch(entry.Source!, new FetchOptions { From = elsewhere })).Message);
        Assert.Single(server.Requests);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void PixelsVae_FirstUse_TrainsOnceAndTheSameWeightsServeLater()
    {
        using var images = TinyImages.Set(40, channels: 3);
        var trained = 0;
        var context = new EncoderContext
        {
            State = _folder["state"],
            Pool = () => new Pool(images),
            Report = e => trained += e.Phase == "training VAE" ? 1 : 0,
        };
        string digest;
        float[] first;
        using (var encoder = PixelsVaeEncoder.OpenBriefly(context, iterations: 20))
        {
            Assert.Equal((32, 32), (encoder.FeatureDim, encoder.Input.Size));
            (digest, first) = (encoder.Digest, Encode(encoder, images[3].ToArray(), 1));
        }
        Assert.True(trained > 0);
        trained = 0;
        using var again = PretrainedEncoders.Open("pixels-vae", context with { Pool = null });
        Assert.Equal((digest, 0), (again.Digest, trained));
        Assert.Equal(first, Encode(again, images[3].ToArray(), 1));
        Assert.Contains("or a pool to train pixels-vae on",
            Assert.Throws<InputException>(() =>
            PretrainedEncoders.Open("pixels-vae", new EncoderContext { State = _folder["other"] })).Message);
        File.WriteAllBytes(_folder["state/pixels-vae.safetensors"], [1, 2, 3]);
        Assert.Throws<InputException>(() => PretrainedEncoders.Open("pixels-vae", context with { Pool = null }));
    }

    /// <summary>Images are encoded as those were made that it learned from; a file that does not say how was of centre
    /// crops.</summary>
    [Fact]
    public void PixelsVae_PoolInAnotherFit_EncodesImagesInThatFit()
    {
        using var images = TinyImages.Set(40, channels: 3);
        var context = new EncoderContext
        {
            State = _folder["state"],
            Pool = () => new Pool(images),
            Fit = Fit.LetterBox,
        };
        using (var first = PixelsVaeEncoder.OpenBriefly(context, iterations: 1))
            Assert.Equal(Fit.LetterBox, first.Input.Fit);
        using (var again = PretrainedEncoders.Open("pixels-vae", new EncoderContext { State = _folder["state"] }))
            Assert.Equal(Fit.LetterBox, again.Input.Fit);

        var path = _folder["state/pixels-vae.safetensors"];
        var saved = Safetensors.Load(path, out var metadata);
        Safetensors.Save(path, saved.Select(p => (p.Key, p.Value)),
            metadata.Where(p => p.Key != "fit").ToDictionary(p => p.Key, p => p.Value));
        foreach (var tensor in saved.Values) tensor.Dispose();
        using var old = PretrainedEncoders.Open("pixels-vae", context);
        Assert.Equal(Fit.Crop, old.Input.Fit);
    }

    /// <summary>Test images are no part of the pool: what is in them changes nothing.</summary>
    [Fact]
    public void PixelsVae_ImagesOutsideOfThePool_AreNotLearned()
    {
        int[] members = [.. Enumerable.Range(0, 40).Where(id => id % 4 != 0)];
        string Learned(int seed, bool all)
        {
            var pixels = PixelStore.Allocate(40 * 1_024L);
            for (var id = 0; id < 40; id++)
                new Random(id % 4 == 0 ? 100 * seed + id : id).NextBytes(pixels.Writable(id * 1_024L, 1_024));
            using var images = new ImageSet(pixels, 1, 32, 32);
            var pool = all ? new Pool(images) : new Pool(images, members);
            using var encoder = PixelsVaeEncoder.OpenBriefly(
                new EncoderContext { State = _folder[$"{seed} {all}"], Pool = () => pool }, iterations: 3);
            return encoder.Digest;
        }
        Assert.Equal(Learned(1, all: false), Learned(2, all: false));
        Assert.NotEqual(Learned(1, all: true), Learned(2, all: true));
        using var black = new ImageSet(PixelStore.Allocate(1_024), 1, 32, 32);
        Assert.Contains("found test images alone", Assert.Throws<InputException>(() => PixelsVaeEncoder.OpenBriefly(
            new EncoderContext { State = _folder["none"], Pool = () => new Pool(black, []) }, iterations: 3)).Message);
    }

    /// <summary>It tells how far it is after 10 and after 20 iterations. What was learned of another pool is no
    /// beginning.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void PixelsVae_StoppedInItsTraining_GoesOn()
    {
        using var images = TinyImages.Set(40, channels: 3);
        using var others = TinyImages.Set(40, channels: 3, seed: 2);
        using var whole = PixelsVaeEncoder.OpenBriefly(
            new EncoderContext { State = _folder["whole"], Pool = () => new Pool(images) }, iterations: 20);
        Assert.Equal([10], Stopped(others));
        Assert.Equal([10], Stopped(images));
        var told = new List<long>();
        using var again = PixelsVaeEncoder.OpenBriefly(
            new EncoderContext
            {
                State = _folder["state"],
                Pool = () => new Pool(images),
                Report = e => told.Add(e.Done),
            },
            iterations: 20);
        Assert.Equal([20], told);
        Assert.Equal(whole.Digest, again.Digest);
        Assert.Equal([_folder["state/pixels-vae.safetensors"]], Directory.GetFiles(_folder["state"]));

        List<long> Stopped(ImageSet pool)
        {
            using var stop = new CancellationTokenSource();
            var done = new List<long>();
            var context = new EncoderContext
            {
                State = _folder["state"],
                Pool = () => new Pool(pool),
                Cancel = stop.Token,
                Report = e =>
                {
                    done.Add(e.Done);
                    stop.Cancel();
                },
            };
            Assert.Throws<OperationCanceledException>(() => PixelsVaeEncoder.OpenBriefly(context, iterations: 20));
            return done;
        }
    }
}
