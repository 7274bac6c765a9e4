using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Workspaces;

namespace Vaal.Tests.Encoders;

/// <summary>Labelled images whose files are gone have no features to learn from.</summary>
public sealed class LostFeaturesTests : IDisposable
{
    private const int Images = 12, Test = 4;
    private readonly TemporaryFolder _folder = new();
    private readonly ImageSet _images = new(new byte[Images * 64], 1, 8, 8,
        [.. Enumerable.Range(0, Images).Select(id => id % 2)],
        [.. Enumerable.Range(0, Images).Select(id => $"{id:00}.png")]);

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    // the last images are those of the test
    private TrainRequest Request(params int[] lost)
    {
        for (var id = 0; id < Images; id++)
            if (!lost.Contains(id))
                _folder.Write($"photos/{id:00}.png", TestImages.Grey(32, 32, (x, y) => (byte)(x * (id + 1) + 3 * y)));
        return new()
        {
            Images = _images,
            ClassNames = ["a", "b"],
            Labelled = [.. Enumerable.Range(0, Images - Test)],
            Test = [.. Enumerable.Range(Images - Test, Test)],
            Unlabelled = [],
            Sources = new()
            {
                Root = _folder["photos"],
                Files = [.. _images.Paths.Select(p => SourceFiles.Of(_folder["photos"], p))],
                Folder = _folder["features"],
                Encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx"),
            },
            Folder = _folder["train"],
        };
    }

    [Theory]
    [InlineData("linear"), InlineData("mlp"), InlineData("transductive")]
    public void Train_NoLabelledImageHasFeatures_SaysSo(string model)
    {
        ILearner learner = new LinearLearner(model: model);
        var message = Assert.Throws<InputException>(() => learner.Train(Request(0, 1, 2, 3, 4, 5, 6, 7))).Message;
        Assert.StartsWith("expected features of the labelled images, found those of 0 of 8, too few to learn from "
            + "(00.png: there is no such file)", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["train"]));
    }

    [Fact]
    public void Train_FeaturesOfOneClassOnly_SaysSo()
    {
        ILearner learner = new LinearLearner();
        Assert.StartsWith("expected features of the labelled images, found those of 4 of 8, too few to learn from (01",
            Assert.Throws<InputException>(() => learner.Train(Request(1, 3, 5, 7))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_SomeLabelledImagesWithoutFeatures_CountsThoseThatItLearnedFrom()
    {
        ILearner learner = new LinearLearner();
        Assert.Equal(6, learner.Train(Request(2, 5)).Learned);
    }

    [Fact]
    public void Train_InAWorkspace_RecordsHowManyLabelsItLearnedFrom()
    {
        _ = Request();
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions
        {
            Encoder = _folder["mean.onnx"],
            NearDuplicates = 0,
            Test = TestSize.Parse($"{Test}"),
        });
        var labels = workspace.Images().Select(i => $"{i.Path},{"ab"[int.Parse(i.Path[..2], null) % 2]}\n");
        _folder.Write("labels.csv", "path,label\n" + string.Concat(labels));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        File.Delete(Path.Combine(_folder["photos"], workspace.Images().First(i => !i.Test).Path));
        Assert.Equal(Images - Test - 1, workspace.Train(new LinearLearner()).Labels);
    }

    [Fact]
    public void Review_NoLabelledImageHasFeatures_SaysSo()
    {
        IReviewer reviewer = new LabelReviewer();
        Assert.StartsWith("expected features of the labelled images, found those of 0 of 8",
            Assert.Throws<InputException>(() => reviewer.Review(Request(0, 1, 2, 3, 4, 5, 6, 7))).Message,
            StringComparison.Ordinal);
    }
}
