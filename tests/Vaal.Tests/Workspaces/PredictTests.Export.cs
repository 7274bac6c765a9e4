using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Models that go out as ONNX files.</summary>
public sealed partial class PredictTests
{
    [Fact]
    public void Export_OnnxModel_GivesTheProbabilitiesOfPredict()
    {
        using var workspace = Trained(MeanOfChannels());
        using var predictor = Predictor.Open(workspace.ModelOf());
        predictor.Export(_folder["model.onnx"]);
        predictor.Export(_folder["model.onnx"]);                                      // its own may be replaced
        using var session = new InferenceSession(_folder["model.onnx"]);
        Prediction[] expected = [.. predictor.Predict([_folder["photos"]])];
        var input = EncoderSettings.Beside(_folder["mean.onnx"]).Input(16);
        foreach (var p in expected)
        {
            var found = Run(session, input, Path.Combine(_folder["photos"], p.Path), 1);
            Assert.All(p.Probabilities.Zip(found), q => Assert.Equal(q.First, q.Second, 1e-4));
        }
        var about = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal(["b", "g", "r"], JsonSerializer.Deserialize<string[]>(about["classes"])!);
        Assert.Equal(("16", "crop"), (about["size"], about["fit"]));
    }

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Export_ResNet18_GivesTheProbabilitiesOfTheHeadOnItsFeatures(int without)
    {
        // a head of two classes, and perhaps of a third without labels
        var random = new Random(4);
        double[] Numbers(int n) => [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5)];
        var classes = without == 0 ? new[] { "a", "b" } : ["a", "b", "never"];
        var intercepts = Numbers(classes.Length);
        if (without > 0) intercepts[without] = double.NegativeInfinity;
        using var encoder = ResNet18Encoder.OpenRuntime();
        var head = new LinearModel([.. Numbers(512 * classes.Length).Select(w => 30 * w)], intercepts,
            [.. Numbers(512).Select(Math.Abs)], 1.7, classes, "resnet18", encoder.Digest);
        OnnxClassifier.Save(EncoderGraph.Of("resnet18", new EncoderContext()), head, _folder["model.onnx"]);
        _folder.Write("one.jpg", Photo(7));
        using var session = new InferenceSession(_folder["model.onnx"]);
        var pixels = new byte[encoder.Input.ImageBytes];
        encoder.Input.Decode(_folder["one.jpg"], pixels, 1_000_000);
        var features = new float[512];
        encoder.Encode(pixels, 1, features);
        var expected = head.Probabilities([.. features.Select(f => (float)(Half)f)]);
        var found = Run(session, encoder.Input, _folder["one.jpg"], 2);
        Assert.All(expected.Zip(found), q => Assert.Equal(q.First, q.Second, 1e-4));
        Assert.InRange(expected.Max(), 0.5001, 0.9999);
    }

    /// <summary>A training takes a while, and is recorded.</summary>
    [Fact]
    public void Train_ForAnExportThatCannotBe_IsRefusedBeforeTheTraining()
    {
        using var workspace = Trained(MeanOfChannels());
        string[] names = [.. workspace.Images().Select(i => i.Path)];
        MadeTable.Write(_folder["f.npy"], names, i => [i, i % 3]);
        var one = OnnxModels.Of("GlobalAveragePool", [1, 3, 16, 16], 4).Write(_folder, "one.onnx");
        Refused(_folder.Path, "expected the name of a file, found the folder ");
        Refused(_folder["m.csv"], "expected a name that ends in .onnx for the exported model, found ");
        // another tool's model, or a photograph
        Refused(one, $"{one} exists and is not a model that vaal exported; choose another file");
        workspace.Index(new IndexOptions { Encoder = _folder["f.npy"] });
        Refused(_folder["m.onnx"], "expected an encoder with an ONNX graph, such as resnet18, found '");
        workspace.Index(new IndexOptions { Encoder = one + "+flip" });
        Refused(_folder["m.onnx"], "expected an encoder for any number of images with --encoder-flip, found one ");
        Assert.Single(workspace.Trainings());

        void Refused(string export, string problem) => Assert.StartsWith(problem, Assert.Throws<InputException>(
            () => workspace.Train(new LinearLearner(export: export))).Message, StringComparison.Ordinal);
    }

    /// <summary>Features lie in float16 where a model is fitted, so the exported model rounds them too. Here the
    /// rounding decides: the image lies next to the mean.</summary>
    [Fact]
    public void Export_Features_AreRoundedAsTheyAreKept()
    {
        using var encoder = PretrainedEncoders.Open(MeanOfChannels(), new EncoderContext());
        var (pixels, best, kept, image) = (new byte[encoder.Input.ImageBytes], 0f, new float[3], "");
        for (var n = 0; n < 12; n++)
        {
            var file = _folder.Write($"{n}.jpg", Photo(n));
            encoder.Input.Decode(file, pixels, 1_000_000);
            var features = new float[3];
            encoder.Encode(pixels, 1, features);
            float[] rounded = [.. features.Select(f => (float)(Half)f)];
            var off = features.Zip(rounded, (f, r) => Math.Abs(f - r)).Max();
            if (off > best) (best, kept, image) = (off, rounded, file);
        }
        Assert.True(best > 1e-4f, $"{best}");
        var model = new LinearModel([3, 0, 0, 0, 3, 0], [0, 0], [kept[0] - best / 2, kept[1], kept[2] + best / 2], 1,
            ["a", "b"], _folder["mean.onnx"], encoder.Digest);
        OnnxClassifier.Save(EncoderGraph.Of(_folder["mean.onnx"], new EncoderContext()), model, _folder["model.onnx"]);
        using var session = new InferenceSession(_folder["model.onnx"]);
        var found = Run(session, EncoderSettings.Beside(_folder["mean.onnx"]).Input(16), image, 1);
        Assert.All(model.Probabilities(kept).Zip(found), p => Assert.Equal(p.First, p.Second, 2e-3));
    }

    // the pixels as another tool would give them: RGB planes, 0..255
    internal static float[] Run(InferenceSession session, EncoderInput input, string file, int batch)
    {
        var pixels = new byte[input.ImageBytes];
        Assert.Null(input.Decode(file, pixels, 1_000_000).Problem);
        float[] values = [.. Enumerable.Repeat(pixels, batch).SelectMany(p => p).Select(b => (float)b)];
        using var tensor = OrtValue.CreateTensorValueFromMemory(values, [batch, 3, input.Size, input.Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [tensor], ["probabilities"]);
        var all = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return all[(all.Length / batch * (batch - 1))..];
    }
}
