using Vaal.Data;
using Vaal.Models;
using Vaal.Records;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Training, testing and choosing where images have masks.</summary>
public sealed partial class MaskTrainingTests : IDisposable
{
    private const byte Ignore = ImageSet.Ignore;
    private readonly ImageSet _images = TinyMasks.Set(20);
    private readonly Pool _pool;

    public MaskTrainingTests() => _pool = TinyMasks.Pool(_images, 10);

    public void Dispose() => _images.Dispose();

    public static IEnumerable<TheoryDataRow<string>> Strategies =>
        QueryStrategies.Names.Where(n => !QueryStrategies.Create(n).NeedsImageClasses)
        .Select(n => new TheoryDataRow<string>(n));

    [Trait("Category", "Slow")]
    [Fact]
    public void Train_TwoParts_AreFoundOnUnseenImages()
    {
        using var model = (Segmenter)TaskModels.Create("small-seg", 3, 2);
        using var trainer = new TaskTrainer(new(TinyMasks.Task) { MinIterations = 40 }, model, _pool, seed: 1);
        trainer.Train();
        using var unseen = TinyMasks.Set(10, seed: 9);
        var scores = TaskTrainer.Confusion(model, unseen).Scores();
        Assert.InRange(scores.MeanIou, 0.85, 1);
        Assert.InRange(scores.PixelAccuracy, 0.9, 1);
    }

    // a network that reads the class off the brightness has no loss at all, but where image and mask were not moved
    // alike
    [Theory]
    [InlineData(true, 0, null, Border.Reflect)]
    [InlineData(false, 7, null, Border.Reflect)]
    [InlineData(false, 7, null, Border.Zero)]
    [InlineData(false, 0, 20, Border.Reflect)]
    [InlineData(true, 5, 24, Border.Zero)]
    public void Step_Augmented_ImageAndMaskAreMovedAlike(bool flip, int shift, int? crop, Enum border)
    {
        using var model = new ByBrightness();
        var options = new TaskOptions(TinyMasks.Task)
        {
            MinIterations = 8,
            Flip = flip,
            Shift = shift,
            Crop = crop,
            Border = (Border)border,
            WeightDecay = 0
        };
        using var trainer = new TaskTrainer(options, model, _pool, seed: 1);
        for (var i = 0; i < 8; i++) trainer.Step();
        Assert.InRange(trainer.MeanLoss(), 0, 1e-4);
        Assert.Equal(crop is { } side ? [4, side, side, 2] : [4, TinyMasks.Height, TinyMasks.Width, 2], model.Seen!);
    }

    [Fact]
    public void Step_WindowWithoutAnyClass_IsNoFault()
    {
        // a corner has one
        using var masks = new ImageSet(
            PixelStore.Copy([.. Enumerable.Range(1, 3 * 40 * 40).Select(i => i % 1600 == 0 ? (byte)0 : Ignore)]), 1, 40,
            40);
        using var images = new ImageSet(PixelStore.Allocate(3 * 3 * 40 * 40), 3, 40, 40, masks: masks);
        using var model = TaskModels.Create("small-seg", 3, 2);
        using var trainer = new TaskTrainer(
            new(TinyMasks.Task) { Crop = 16, MinIterations = 3 }, model, TinyMasks.Pool(images, 3), seed: 1);
        trainer.Train();
        Assert.True(double.IsFinite(trainer.MeanLoss()));
        Assert.All(model.parameters(), p => Assert.True(p.isfinite().all().item<bool>()));
    }

    [Fact]
    public void Restore_AfterAStop_EndsBitEqual()
    {
        using var scope = NewDisposeScope();
        using var one = TaskModels.Create("small-seg", 3, 2);
        using var two = TaskModels.Create("small-seg", 3, 2);
        using var whole = new TaskTrainer(new(TinyMasks.Task) { Crop = 24 }, one, _pool, seed: 1);
        whole.Step();
        var saved = whole.State().ToDictionary(s => s.Name, s => s.Value.detach().clone());
        whole.Train();
        using var rest = new TaskTrainer(new(TinyMasks.Task) { Crop = 24 }, two, _pool, seed: 1);
        rest.Restore(saved, 1);
        rest.Train();
        foreach (var (x, y) in whole.State().Zip(rest.State()))
            Assert.True(x.Value.equal(y.Value).all().item<bool>(), x.Name);
    }

    [Fact]
    public void Confusion_BrightnessNetwork_CountsEveryPixelThatHasAClass()
    {
        using var model = new ByBrightness();
        var counts = TaskTrainer.Confusion(model, _images);
        Assert.Equal(0, counts[0, 1] + counts[1, 0]);
        // image id is parted at column 8 + id % 5 · 8, and has 31 rows that count
        Assert.Equal(31 * Enumerable.Range(0, 20).Sum(id => 8 + id % 5 * 8), counts[0, 0]);
        Assert.Equal(31L * TinyMasks.Width * 20, counts[0, 0] + counts[1, 1]);
    }

    [Fact]
    public void Trainer_NetworkOfTheOtherKind_IsRefused()
    {
        using var small = TaskModels.Create("small-cnn", 3, 2);
        var e = Assert.Throws<InputException>(() => new TaskTrainer(TaskOptions.Default, small, _pool, 1));
        Assert.Equal(
            "the task model small-cnn gives a class to each image, and the images have masks; for these there are: " +
            "drn, small-seg", e.Message);
        using var data = TinyImages.Data(20);
        e = Assert.Throws<InputException>(
            () => new ActiveLearningLoop(new LoopOptions { Initial = 4, Task = TinyMasks.Task }, data));
        Assert.StartsWith(
            "the task model small-seg gives a class to each pixel, and the images have no masks;", e.Message);
    }

    /// <summary>Two pixels a row; p of class 1 as given; scores 1, 2, 3, 4 and 5, 6, 7, 8.</summary>
    [Fact]
    public void PerImage_EachReduction_IsAsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        var score = tensor(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }).view(2, 2, 2);                 // (B, H, W)
        var one = tensor(new float[] { 0.1f, 0.9f, 0.9f, 0.9f, 0.1f, 0.1f, 0.1f, 0.1f }).view(2, 2, 2);
        // (B, H, W, 3): the third class occurs nowhere
        var p = stack([1 - one, one, zeros_like(one)], -1);
        double[] Of(PixelReduction how, double top = 0.5) =>
            [.. PixelScores.PerImage(score, p, how, top).data<double>()];
        Assert.Equal([2.5, 6.5], Of(PixelReduction.Mean));
        Assert.Equal([3.5, 7.5], Of(PixelReduction.Top));
        Assert.Equal([4, 8], Of(PixelReduction.Top, 0.01));
        // pixel 1 alone; the mean of 2, 3, 4
        Assert.Equal([(1 + 3) / 2.0, 6.5], Of(PixelReduction.ClassBalanced));
        var passes = stack([p, p]);                                                               // (T, B, H, W, K)
        Assert.Equal(
            [2, 6.5], [.. PixelScores.PerImage(score, passes, PixelReduction.ClassBalanced, 0.5).data<double>()]);
        using var already = tensor(new float[] { 3, 1 });
        Assert.Equal([3f, 1], PixelScores.PerImage(already, p, PixelReduction.Top, 0.5).data<float>());
    }

    /// <summary>4×4 pixels scored 0 to 15, of which the inner four are 5, 6, 9, 10; class 1 is predicted for 5 alone,
    /// and for all outside.</summary>
    [Fact]
    public void PerImage_WithMargin_CountsTheInnerPixelsOnly()
    {
        using var scope = NewDisposeScope();
        var score = arange(16, dtype: ScalarType.Float32).view(1, 4, 4);
        var one = tensor(Enumerable.Range(0, 16).Select(i => i is 6 or 9 or 10 ? 0.2f : 0.8f).ToArray()).view(1, 4, 4);
        var p = stack([1 - one, one], -1);
        double Of(PixelReduction how, Tensor of) =>
            PixelScores.PerImage(score, of, how, 0.25, margin: 1).item<double>();
        Assert.Equal(7.5, Of(PixelReduction.Mean, p));
        Assert.Equal(10, Of(PixelReduction.Top, p));
        Assert.Equal((5 + 25 / 3.0) / 2, Of(PixelReduction.ClassBalanced, p), 1e-12);
        Assert.Equal((5 + 25 / 3.0) / 2, Of(PixelReduction.ClassBalanced, stack([p, p])), 1e-12);
    }

    [Fact]
    public void Squared_ImagesOfAnotherShape_AreResizedOnceAndSquaresAreLeft()
    {
        var squares = _images.Squared(32);
        Assert.Equal((20, 3, 32, 32), (squares.Count, squares.Channels, squares.Height, squares.Width));
        Assert.Same(squares, _images.Squared(32));
        Assert.Same(squares, squares.Squared(32));
        // 48 columns become 32: the part at column 24 of image 2 is at 16, and far from it nothing is mixed
        byte[] image = _images[2].ToArray(), square = squares[2].ToArray();
        var (dark, bright) = (square[5 * 32 + 4], square[5 * 32 + 28]);
        Assert.InRange(dark, 40, 99);
        Assert.InRange(bright, 150, 209);
        Assert.Equal(image.Average(b => b), square.Average(b => b), 1.0);
    }

    // runs of a bench that share a pool and see it in different sizes
    [Fact]
    public void Squared_BySeveralThreadsInTwoSizes_IsOneCopyOfEachThatStays()
    {
        using var images = TinyMasks.Set(40);
        var made = new ImageSet[16];
        Parallel.For(
            0, made.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
                made[i] = images.Squared(i % 2 == 0 ? 32 : 64));
        Assert.Equal(2, made.Distinct().Count());
        Assert.All(made.Index(), m => Assert.Equal((m.Index % 2 == 0 ? 32 : 64, 40), (m.Item.Width, m.Item.Count)));
        Assert.Equal(made[0][39].ToArray(), images.Squared(32)[39].ToArray());
    }

    [Fact]
    public void LatentMap_ImagesOfAnotherShape_IsThatOfTheirSquares()
    {
        using var networks = Networks();
        LatentMap Of(ImageSet images) => LatentMap.Of(
            networks.Vaal, true, Pool.Of(images, _pool.LabelledIds, _pool.UnlabelledIds),
            PoolImage.Unnumbered(images.Count), [10], 1);
        var map = Of(_images);
        Assert.Equal(20, map.X.Count);
        Assert.Equal(Of(_images.Squared(32)).X, map.X);
    }

    /// <summary>Bright pixels are of class 1, with hardly a doubt.</summary>
    private sealed class ByBrightness : Segmenter
    {
        private readonly TorchSharp.Modules.Linear unused = nn.Linear(1, 1);

        public ByBrightness() : base("by-brightness", 3, 2, 1) => RegisterComponents();

        public long[]? Seen { get; private set; }

        protected override Tensor Maps(Tensor x) => x.mean([1], keepdim: true) + 0 * unused.weight.sum();

        protected override Tensor Read(Tensor maps, long height, long width)
        {
            Seen = [maps.shape[0], height, width, 2];
            return cat([-maps, maps], 1) * 1_000;
        }

        internal override Tensor Classify(Tensor features) => cat([-features, features], 1) * 1_000;
    }
}
