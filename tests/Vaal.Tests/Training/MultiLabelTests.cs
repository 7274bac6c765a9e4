using System.Globalization;
using TorchSharp;
using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;
using Vaal.Heads;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary>Several classes an image: the third task, beside one class an image and a class for each pixel.</summary>
public sealed class MultiLabelTests : IDisposable
{
    private const int Count = 120, Width = 8;
    private readonly TemporaryFolder _folder = new();
    private readonly float[] _values = MadeFeatures.Of(Count, Width, 3, seed: 4, spread: 1).Values;
    private readonly ImageSet _images;

    // two questions that have nothing to do with each other; of some images the answer to both is no
    public MultiLabelTests()
    {
        double[] medians = [.. Enumerable.Range(0, 2).Select(k =>
            Statistics.Quantile([.. Enumerable.Range(0, Count).Select(i => (double)_values[i * Width + k])], 0.5))];
        int[]?[] sets = [.. Enumerable.Range(0, Count)
            .Select(i => Enumerable.Range(0, 2).Where(k => _values[i * Width + k] > medians[k]).ToArray())];
        sets[0] = null;
        _images = new(Pixels(), 1, 32, 32, paths: [.. Enumerable.Range(0, Count).Select(i => $"{i:000}.png")])
        {
            ClassSets = sets,
        };
    }

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    // image i is of one grey, 2 i
    private static PixelStore Pixels()
    {
        var pixels = PixelStore.Allocate(Count * 32L * 32);
        for (var i = 0; i < Count; i++) pixels.Writable(i * 1_024L, 1_024).Fill((byte)(2 * i));
        return pixels;
    }

    private string Features()
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Count}, {Width}), }}\n";
        byte[] numbers = new byte[_values.Length * sizeof(float)];
        Buffer.BlockCopy(_values, 0, numbers, 0, numbers.Length);
        byte[] length = [(byte)header.Length, 0];
        _folder.Write("x.txt", string.Concat(_images.Paths.Select(p => $"{p}\n")));
        return _folder.Write("x.npy",
            [0x93, .. "NUMPY"u8, 1, 0, .. length, .. System.Text.Encoding.ASCII.GetBytes(header), .. numbers]);
    }

    private TrainRequest Request(int[] labelled, int[] test) => new()
    {
        Images = _images,
        ClassNames = ["furry", "red"],
        Labelled = labelled,
        Test = test,
        Unlabelled = [.. Enumerable.Range(0, Count).Except(labelled).Except(test)],
        Sources = new()
        {
            Root = _folder.Path,
            Files = [.. _images.Paths.Select(p => new SourceFile(p, 1, 1))],
            Folder = _folder["features"],
            Encoder = Features(),
        },
        Folder = _folder["train"],
    };

    [Fact]
    public void Form_OfImagesWithSets_IsClasses_KnownWhereTheyAreGiven()
    {
        Assert.Same(LabelForm.Classes, LabelForm.Of(_images));
        Assert.False(LabelForm.Classes.IsKnown(_images, 0));
        Assert.True(LabelForm.Classes.IsKnown(_images, 1));
        using var some = _images.Subset([5, 0]);
        Assert.Equal([_images.ClassSets![5], null], some.ClassSets!);
    }

    [Fact]
    public void Train_Linear_LearnsBothQuestions_AndWritesWhatItPredicts()
    {
        ILearner learner = new LinearLearner(severalClasses: true);
        var request = Request([.. Enumerable.Range(1, 69)], [.. Enumerable.Range(70, 40)]);
        Assert.Null(learner.Problem(request));
        var test = learner.Train(request);
        Assert.Null(test.Correct);
        Assert.InRange(test.MultiLabel!.MeanAp.Estimate, 0.9, 1);
        Assert.InRange(test.MultiLabel.MacroF1.Estimate, 0.8, 1);
        Assert.True(test.MultiLabel.MacroF1.Low <= test.MultiLabel.MacroF1.Estimate);
        Assert.Equal(["furry", "red"], test.MultiLabel.Classes.Select(c => c.Class));
        string[][] lines = [.. File.ReadLines(Path.Combine(request.Folder, "models", "predictions.csv")).Skip(1)
            .Select(l => l.Split(','))];
        Assert.Equal(11, lines.Length);
        // both answers are right of 2.5 images in ten by chance
        Assert.InRange(lines.Count(l => l[0] != "000.png" && l[1] == Names(int.Parse(l[0][..3], null))), 6, 10);
        Assert.All(lines, l => Assert.InRange(double.Parse(l[2], CultureInfo.InvariantCulture), 0.25, 1));

        string Names(int id) => ClassSet.ToCell(_images.ClassSets![id]!.Select(c => request.ClassNames[c]));
    }

    [Fact]
    public void Problem_NoClassDividesTheImages_SaysSo()
    {
        int[] furry = [.. Enumerable.Range(1, Count - 1).Where(i => _images.ClassSets![i] is [0]).Take(5)];
        Assert.Equal(
            "no class divides the labelled images: each is in all of them or in none; label more images",
            ((ILearner)new LinearLearner(severalClasses: true)).Problem(Request(furry, [1])));
    }

    // logits 0 and ln 3, targets 1 and 0: (ln 2 + ln 4) / 2
    [Fact]
    public void Loss_OfAnImage_IsTheMeanOfItsBinaryCrossEntropies()
    {
        using var scope = torch.NewDisposeScope();
        var (task, logits) = (LearningTask.For(LabelForm.Classes), torch.tensor([0f, MathF.Log(3)], [1, 2]));
        var loss = task.Loss(logits, torch.tensor([1f, 0f], [1, 2]), 0).item<float>();
        Assert.Equal((Math.Log(2) + Math.Log(4)) / 2, loss, 1e-6);
    }

    [Fact]
    public void Probabilities_AreYesAndNoOfEachClass()
    {
        using var scope = torch.NewDisposeScope();
        var p = LearningTask.For(LabelForm.Classes).Probabilities(torch.tensor([0f, MathF.Log(3)], [1, 2]));
        Assert.Equal([1, 2, 2], p.shape);
        float[] expected = [0.5f, 0.5f, 0.75f, 0.25f];
        Assert.All(expected.Zip(p.data<float>().ToArray()), e => Assert.Equal(e.First, e.Second, 1e-6f));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Train_Network_LearnsWhatIsBright()
    {
        int[] Set(int i) => [.. new[] { (Class: 0, Has: i >= 60), (Class: 1, Has: i < 90) }
            .Where(c => c.Has).Select(c => c.Class)];
        using var images = new ImageSet(Pixels(), 1, 32, 32)
        {
            ClassSets = [.. Enumerable.Range(0, Count).Select(Set)],
        };
        var pool = Pool.Of(images, [.. Enumerable.Range(0, Count).Where(i => i % 2 == 0)], []);
        var options = new TaskOptions(TaskOptions.Default) { MinIterations = 60, Epochs = 1, Shift = 0 };
        using var model = TaskModels.Create(options.Model, 1, 2);
        using (var trainer = new TaskTrainer(options, model, pool, seed: 1)) trainer.Train();
        int[] tests = [.. Enumerable.Range(0, Count).Where(i => i % 2 == 1)];
        var test = LearningTask.Of(images).Test(model, images, ["bright", "not the brightest"], tests, null);
        Assert.InRange(test.MultiLabel!.MeanAp.Estimate, 0.9, 1);
    }

    // the mean over the classes of each binary entropy, by the head's own sigmoids
    [Fact]
    public void Entropy_EncodersFeatures_IsTheMeanBinaryEntropy()
    {
        int[] labelled = [.. Enumerable.Range(1, 40)];
        var pool = Pool.Of(_images, labelled, Enumerable.Range(41, Count - 41));
        using var networks = new Networks(pool, classes: 2);
        var query = new Query
        {
            Pool = pool,
            Budget = 5,
            Seed = 1,
            Networks = networks,
            Features = new FeatureSource(Features(), _images),
        };
        var found = QueryStrategies.Create("entropy").Select(query);

        int[] order = [.. pool.Unlabelled, .. labelled];
        var rows = Coverage.UnitRows.Of([.. order.SelectMany(id => _values[(id * Width)..((id + 1) * Width)])], Width);
        var count = pool.Unlabelled.Count;
        var head = LinearHead.Fit(
            HeadRows.OfSeveral(rows.Copy([.. Enumerable.Range(count, labelled.Length)]), Width,
                [.. labelled.Select(id => _images.ClassSets![id]!)], 2), new() { MultiLabel = true });
        var p = head.Probabilities(rows.Copy([.. Enumerable.Range(0, count)]));
        double[] entropies = [.. Enumerable.Range(0, count).Select(i => (Binary(p[2 * i]) + Binary(p[2 * i + 1])) / 2)];
        Assert.Equal(
            Enumerable.Range(0, count).OrderByDescending(i => entropies[i]).Take(5).Select(i => order[i]), found.Ids);
        Assert.Equal(entropies.Max(), found.Scores[0], 1e-5);

        static double Binary(double p) => -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
    }

    [Fact]
    public void Train_ClassWeights_ChangeTheModel()
    {
        var request = Request([.. Enumerable.Range(1, 40)], [.. Enumerable.Range(100, 20)]);
        Assert.NotEqual(Weights(balanced: false), Weights(balanced: true));

        float[] Weights(bool balanced)
        {
            ((ILearner)new LinearLearner(balanced: balanced, severalClasses: true)).Train(request);
            using var scope = torch.NewDisposeScope();
            return [.. Safetensors.Load(_folder["train/models/task.safetensors"])["weight"]
                .to(torch.ScalarType.Float32).data<float>()];
        }
    }

    /// <summary>The mean of 1 − |2p − 1|: 1 and 0, then twice 0.2.</summary>
    [Fact]
    public void Unsure_OfSeveralClasses_IsWorkedByHand()
    {
        Assert.Equal(0.5f, UncertaintyCoverageStrategy.UnsureOfSeveral([0.5, 1]), 1e-6f);
        Assert.Equal(0.2f, UncertaintyCoverageStrategy.UnsureOfSeveral([0.9, 0.1]), 1e-6f);
    }

    [Fact]
    public void Choose_StrategyOfOneClass_IsRefused()
    {
        var pool = Pool.Of(_images, [1, 2, 3], Enumerable.Range(4, Count - 4));
        IChooser chooser = new BatchChooser(new NextOptions { Strategy = "badge", Budget = 5, UseFeatures = false });
        var request = new ChoiceRequest { Pool = pool, Images = PoolImage.Unnumbered(Count) };
        var e = Assert.Throws<InputException>(() => chooser.Choose(request));
        Assert.StartsWith(
            "the strategy badge chooses by the one class of an image, and these have several; for several labels there "
                + "are: core-set, coverage,", e.Message, StringComparison.Ordinal);
    }

    /// <summary>They read no class.</summary>
    [Theory]
    [InlineData("dal"), InlineData("vaal-features"), InlineData("vaal")]
    public void Refusal_StrategiesThatReadNoClass_AreNotRefused(string name) =>
        Assert.Null(LearningTask.For(LabelForm.Classes).Refusal(name));

    [Fact]
    public void Refusal_StrategiesOfSeveralLabels_AllExist() =>
        Assert.All(
            LearningTask.For(LabelForm.Classes).Refusal("none")!.Split("there are: ")[1].Split(", "),
            name => Assert.Contains(name, QueryStrategies.Names));
}
