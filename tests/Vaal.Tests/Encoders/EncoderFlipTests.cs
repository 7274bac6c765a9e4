using Microsoft.ML.OnnxRuntime;
using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Encoders;

/// <summary><c>--encoder-flip</c>: the mean of the features of an image and of its mirror image.</summary>
public sealed class EncoderFlipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // a red disc at the left, stripes at the right: nothing of it is symmetric
    private static SKColor Picture(int x, int y) => (x - 20) * (x - 20) + (y - 40) * (y - 40) < 250 ? SKColors.Red
        : x > 50 && y % 6 < 3 ? SKColors.Black : new SKColor((byte)(2 * x), (byte)(2 * y), 90);

    // lossless, so that the second file holds exactly the mirror image of the first
    private void TwoPictures()
    {
        byte[] Png(Func<int, int, SKColor> of) => TestImages.Png(80, 80, 8, 2, (x, y) =>
        {
            var c = of(x, y);
            return [c.Red, c.Green, c.Blue];
        });
        _folder.Write("photos/a.png", Png(Picture));
        _folder.Write("photos/b.png", Png((x, y) => Picture(79 - x, y)));
    }

    private float[][] Features(string encoder)
    {
        var files = SourceFiles.Sorted(_folder["photos"], []);
        using var rows = SourceFeatures.Of(new ImageSources
        {
            Root = _folder["photos"],
            Files = files,
            Folder = _folder["features"],
            Encoder = encoder,
        })!;
        return [.. Enumerable.Range(0, files.Count).Select(i => rows.Rows([i]))];
    }

    [Fact]
    public void Features_OfAnAsymmetricPicture_AreTheMeanOfItsAndItsMirrorImages()
    {
        TwoPictures();
        var (plain, flipped) = (Features("resnet18"), Features("resnet18+flip"));
        Assert.True(plain[0].Zip(plain[1]).Count(p => Math.Abs(p.First - p.Second) > 0.01f) > 100);
        // rounded to float16 thrice
        for (var f = 0; f < flipped[0].Length; f++)
        {
            var mean = (plain[0][f] + plain[1][f]) / 2;
            Assert.Equal(mean, flipped[0][f], 1e-3f + 2e-3f * mean);
            Assert.Equal(mean, flipped[1][f], 1e-3f + 2e-3f * mean);
        }
        // a file each: rows of the two never mix
        Assert.Equal(2, Directory.GetFiles(_folder["features"], "*.features").Length);
        Assert.Equal(plain[0], Features("resnet18")[0]);
    }

    [Fact]
    public void Resolve_Flip_IsPartOfTheName()
    {
        Assert.Equal("resnet18+flip", PretrainedEncoders.Resolve("resnet18", flip: true));
        Assert.Equal("resnet18+flip", PretrainedEncoders.Resolve("resnet18+flip", flip: true));
        Assert.Equal("resnet18+flip", PretrainedEncoders.Resolve("resnet18+flip"));
        _folder.Write("own.onnx", "x");
        Assert.Equal(Path.GetFullPath(_folder["own.onnx"]) + "+flip",
            PretrainedEncoders.Resolve(_folder["own.onnx"], flip: true));
        using var plain = PretrainedEncoders.Open("resnet18", new EncoderContext());
        using var flipped = PretrainedEncoders.Open("resnet18+flip", new EncoderContext());
        Assert.NotEqual(plain.Digest, flipped.Digest);
    }

    [Theory]
    [InlineData("none"), InlineData("rows.npy"), InlineData("rows.parquet")]
    public void Resolve_WhatEncodesNoImages_IsRefused(string name)
    {
        _folder.Write(name, "x");
        var path = name == "none" ? name : _folder[name];
        Assert.StartsWith($"expected an encoder that encodes mirror images too (--encoder-flip), found '{path}'",
            Assert.Throws<InputException>(() => PretrainedEncoders.Resolve(path, flip: true)).Message);
        Assert.Throws<InputException>(() => PretrainedEncoders.Resolve("resnet19+flip"));
    }

    [Fact]
    public void Features_OfARun_MayBeFlipped()
    {
        var options = new LoopOptions { Strategy = "coverage", Features = "resnet18+flip" };
        Assert.Empty(options.Problems());
        Assert.StartsWith("no features 'vae+flip'",
            new LoopOptions(options) { Features = "vae+flip" }.Problems().First());
    }

    [Fact, Trait("Category", "Slow")]
    public void Program_InitWithFlip_KeepsItInTheWorkspace()
    {
        TwoPictures();
        var outcome = CommandLine.Run("init", _folder["photos"], "--encoder-flip", "--yes", "--quiet");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using (var workspace = Workspace.Open(_folder["photos/.vaal"]))
            Assert.Equal("resnet18+flip", workspace.Encoder);
        Assert.Equal(0, CommandLine.Run("init", _folder["photos"], "--encoder", "none", "--quiet").ExitCode);
        Assert.Equal(0, CommandLine.Run("init", _folder["photos"], "--encoder-flip", "--quiet").ExitCode);
        using (var workspace = Workspace.Open(_folder["photos/.vaal"]))
            Assert.Equal("resnet18+flip", workspace.Encoder);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Export_OfFlippedFeatures_GivesTheSameProbabilities()
    {
        TwoPictures();
        var random = new Random(4);
        double[] Numbers(int n) => [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5)];
        using var encoder = new FlippedEncoder(ResNet18Encoder.OpenRuntime());
        var head = new LinearModel([.. Numbers(512 * 3).Select(w => 10 * w)], Numbers(3),
            [.. Numbers(512).Select(Math.Abs)], 1.3, ["a", "b", "c"], "resnet18+flip", encoder.Digest);
        OnnxClassifier.Save(EncoderGraph.Of("resnet18+flip", new EncoderContext()), head, _folder["model.onnx"]);
        using var session = new InferenceSession(_folder["model.onnx"]);
        var (input, all) = (encoder.Input, new byte[2 * encoder.Input.ImageBytes]);
        input.Decode(_folder["photos/a.png"], all.AsSpan(0, input.ImageBytes), 1_000_000);
        input.Decode(_folder["photos/b.png"], all.AsSpan(input.ImageBytes), 1_000_000);
        var features = new float[2 * 512];
        encoder.Encode(all, 2, features);
        var expected = head.Probabilities([.. features.Select(f => (float)(Half)f)]);
        Assert.All(expected, p => Assert.InRange(p, 0.001, 0.999));
        float[] values = [.. all.Select(b => (float)b)];
        using var tensor = OrtValue.CreateTensorValueFromMemory(values, [2, 3, input.Size, input.Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [tensor], ["probabilities"]);
        var found = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        Assert.Equal(6, found.Length);
        Assert.All(expected.Zip(found), q => Assert.Equal(q.First, q.Second, 2e-4));
        // mirror images of each other
        Assert.All(found[..3].Zip(found[3..]), q => Assert.Equal(q.First, q.Second, 1e-4));
    }
}
