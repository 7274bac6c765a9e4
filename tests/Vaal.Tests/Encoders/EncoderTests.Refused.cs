using Google.Protobuf;
using Onnx;
using Vaal.Encoders;

namespace Vaal.Tests.Encoders;

/// <summary>ONNX files that do not fit, and weights beside them.</summary>
public sealed partial class EncoderTests
{
    public static TheoryData<string, string, ModelProto> Unfit => new()
    {
        { "expected an input of rank 4 (images, channels, rows, columns), found 'x' of (B, ?)", Plain,
            OnnxModels.Of("Relu", new int?[2], 2) },
        { "expected one output, found 2 (y, m); name one as \"output\" in its JSON file", Plain, TwoOutputs() },
        { "expected an output 'z', found y, m", """{ "mean": [0, 0, 0], "std": [1, 1, 1], "output": "z" }""",
            TwoOutputs() },
        { "expected an input of float32 or float16, found 'x' of Double", Plain,
            OnnxModels.Of("Relu", [null, 3, 16, 16], 4, 11) },
        { "expected an output (1, F), (1, F, 1, 1) or (1, T, F), found 'y' of (1, 3, 16, 16)", Plain,
            OnnxModels.Of("Relu", [null, 3, 16, 16], 4) },
        { "expected an input for 3 channels and 16×16 pixels, found (B, 4, 16, 16)", Plain,
            OnnxModels.Of("GlobalAveragePool", [null, 4, 16, 16], 4) },
        { "expected square images, found (B, 3, 16, 32)", Plain,
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 32], 4) },
        { "expected 3 numbers as mean and as std, found 2 and 3", """{ "mean": [0, 0], "std": [1, 1, 1] }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "numbers above 0 as std", """{ "mean": [0, 0, 0], "std": [1, 0, 1] }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected crop 'centre', 'stretch' or 'letterbox', found 'left'",
            """{ "mean": [0, 0, 0], "std": [1, 1, 1], "crop": "left" }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected the settings of an encoder in", """{ "mean": [0, 0, 0], "std": [1, 1, 1], "sise": 4 }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected the settings of an encoder in", """{ "mean": [0, 0, 0], "std": [1, 1, 1], "pool": 2 }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected the settings of an encoder in", """{ "mean": [0, 0, 0], "std": [1, 1, 1], "layout": 7 }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected the settings of an encoder in", "{ \"mean\": [0, 0, 0]",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
        { "expected the settings of an encoder in", """{ "size": 16 }""",
            OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4) },
    };

    private static ModelProto TwoOutputs()
    {
        var model = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4);
        model.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "y" }, Output = { "m" } });
        model.Graph.Output.Add(new ValueInfoProto(model.Graph.Output[0]) { Name = "m" });
        return model;
    }

    [Theory, MemberData(nameof(Unfit), DisableDiscoveryEnumeration = true)]
    public void Onnx_ThatDoesNotFit_IsRefusedInOneLine(string message, string settings, ModelProto model) =>
        Refused(model.Write(_folder, "m.onnx", settings), message);

    /// <summary>Where the settings name no size, it is the model's.</summary>
    [Fact]
    public void Onnx_ResizeWithoutASize_IsCheckedAgainstTheModelsOwn()
    {
        string Sixteen(int resize) => OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(
            _folder, "m.onnx", $$"""{ "resize": {{resize}}, "mean": [0, 0, 0], "std": [1, 1, 1] }""");
        using (var encoder = PretrainedEncoders.Open(Sixteen(24), new EncoderContext()))
        {
            Assert.Equal(16, encoder.Input.Size);
            Assert.Equal(24, encoder.Input.Resize);
        }
        Refused(Sixteen(12), "expected resize between the size (16) and 4096 pixels, found 12");
        Refused(Sixteen(5_000), "and 4096 pixels, found 5000");
    }

    private static void Refused(string path, string message)
    {
        var said = Assert.Throws<InputException>(() => PretrainedEncoders.Open(path, new EncoderContext())).Message;
        Assert.Contains(message, said);
        Assert.DoesNotContain('\n', said);
    }

    [Fact]
    public void Onnx_MissingDamagedOrWithoutSettings_IsRefusedInOneLine()
    {
        Refused(_folder["none.onnx"], "found no such file");
        Refused(_folder.Write("text.onnx", "no protobuf"), "expected an ONNX model in");
        Refused(_folder.Write("empty.onnx", ""), "found a file without a graph");
        Refused(OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "alone.onnx", null),
            "alone.json, which says how alone.onnx wants its images, found none");
        var whole = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).ToByteArray();
        for (var length = 1; length < whole.Length; length++)
        {
            _folder.Write("cut.json", Plain);
            var path = _folder.Write("cut.onnx", whole[..length]);
            Assert.DoesNotContain('\n',
                Record.Exception(() => PretrainedEncoders.Open(path, new EncoderContext()).Dispose())
                    is InputException e
                ? e.Message : "");
        }
        Assert.Equal(
            "expected one of the encoders resnet18, dinov2-small, dinov2-base, siglip-base, pixels-vae, "
                + "or the path of a file that ends in .onnx, found 'resnet'",
            PretrainedEncoders.Problem("resnet"));
    }

    [Theory]
    [InlineData("../w.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("below/../../w.bin")]
    [InlineData("")]
    [InlineData("link.bin")]
    public void Onnx_WeightsOutsideItsFolder_AreRefused(string location)
    {
        _folder.Write("w.bin", new byte[12]);
        _folder.Write("in/below/x", "");
        File.CreateSymbolicLink(_folder["in/link.bin"], _folder["w.bin"]);
        Refused(OnnxModels.WithExternal(location)
            .Write(_folder, "in/m.onnx", """{ "size": 16, "mean": [0, 0, 0], "std": [1, 1, 1] }"""),
            "in its own folder, found a");
    }

    [Fact]
    public void Onnx_WeightsInItsFolder_AreReadAndCountInTheDigest()
    {
        var path = OnnxModels.WithExternal("w.bin")
            .Write(_folder, "m.onnx", """{ "size": 16, "mean": [0, 0, 0], "std": [1, 1, 1] }""");
        Refused(path, "found no such file");
        _folder.Write("w.bin", [.. new float[] { 1, 2, 3 }.SelectMany(BitConverter.GetBytes)]);
        string first;
        using (var encoder = PretrainedEncoders.Open(path, new EncoderContext()))
        {
            Near([1 + 10 / 255.0, 2 + 20 / 255.0, 3 + 30 / 255.0], Encode(encoder, Images()));
            first = encoder.Digest;
        }
        _folder.Write("w.bin", [.. new float[] { 1, 2, 4 }.SelectMany(BitConverter.GetBytes)]);
        using var other = PretrainedEncoders.Open(path, new EncoderContext());
        Assert.NotEqual(first, other.Digest);
    }

    [Fact]
    public void Onnx_WeightsReplacedAfterTheyWereHashed_AreRefused()
    {
        var path = OnnxModels.WithExternal("w.bin")
            .Write(_folder, "m.onnx", """{ "size": 16, "mean": [0, 0, 0], "std": [1, 1, 1] }""");
        _folder.Write("w.bin", [.. new float[] { 1, 2, 3 }.SelectMany(BitConverter.GetBytes)]);
        var file = OnnxFile.Read(path);
        _folder.Write("w.bin", [.. new float[] { 1, 2, 4 }.SelectMany(BitConverter.GetBytes)]);
        Assert.StartsWith($"expected {_folder["w.bin"]} to stay as it is while it is read",
            Assert.Throws<InputException>(() => OnnxImageEncoder.Open("m", file, EncoderSettings.Beside(path).Input,
                new OnnxOptions()).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_StoppedMeanwhile_Stops()
    {
        var mine = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mine.onnx");
        Assert.Throws<OperationCanceledException>(() => PretrainedEncoders.Check(mine, cancel: new(canceled: true)));
    }
}
