using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

/// <summary>A network that was trained from scratch sees images as in its training.</summary>
public sealed class NetworkClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>White in the middle and black on both sides, twice as wide as high.</summary>
    [Fact]
    public void Predict_WideImage_IsBroughtToItsSizeAsTheModelSays()
    {
        var file = _folder.Write("wide.png", TestImages.Grey(64, 32, (x, _) => x is >= 16 and < 48 ? 255 : 0));
        using var model = TaskModels.Create("small-cnn", 1, 2);
        model.Reset(new Generator(1));
        var found = Enum.GetValues<Fit>().Select(fit =>
        {
            using var images = Decoded(file, fit);
            var p = Predicted(model, file, fit.ToString());
            using var scope = NewDisposeScope();
            var expected = TaskTrainer.Predict(model, images, [0]).softmax(1)[0];
            Near.Absolute(expected, tensor(p), 1e-6, $"{fit}");
            return p[0];
        }).ToList();
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Equal(found[(int)Fit.Crop], Predicted(model, file, null)[0]);         // models of before wrote no fit
    }

    private static double[] Predicted(TaskModel model, string file, string? fit)
    {
        var metadata = new Dictionary<string, string> { ["width"] = "32", ["height"] = "32" };
        if (fit is not null) metadata["fit"] = fit;
        using var classifier = new NetworkClassifier("task.safetensors", "small-cnn", ["a", "b"], model.state_dict(),
            metadata);
        var (p, problem) = Assert.Single(classifier.Predict([file], null, default));
        Assert.Null(problem);
        return p!;
    }

    private static ImageSet Decoded(string file, Fit fit)
    {
        var pixels = new byte[32 * 32];
        Assert.Null(ImageDecoder.Decode(file, pixels, new() { Rectangle = (32, 32), Channels = 1, Fit = fit }).Problem);
        return new(PixelStore.Copy(pixels), 1, 32, 32);
    }
}
