using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>The module that predicts a task model's loss.</summary>
[Trait("Category", "Slow")]
public sealed class LossPredictionTests
{
    [Fact]
    public void Margin_ThreePairs_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // pairs (0, 3), (1, 4), (2, 5); the seventh has no partner. Differences of the predictions 2, 0.5, −1; of the
        // losses +, −, +
        var predicted = tensor(new[] { 3, 1, 0, 1, 0.5, 1, 9 });
        var loss = tensor(new[] { 5.0, 1, 2, 4, 3, 1, 9 });
        Assert.Equal((0 + 1.5 + 2) / 3, LossRanking.Margin(predicted, loss).item<double>(), 1e-12);
    }

    [Fact]
    public void Order_FourPairs_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // pairs (0, 4), (1, 5), (2, 6), (3, 7); the ninth has no partner. Differences of the predictions 2, 0.5, −1, 3;
        // of the losses +, −, +, 0
        var predicted = tensor(new[] { 3, 1, 0, 4, 1, 0.5, 1, 1, 9 });
        var loss = tensor(new[] { 5.0, 1, 2, 7, 4, 3, 1, 7, 9 });
        // −ln σ(2), −ln(1 − σ(0.5)), −ln σ(−1), −ln(1 − σ(3)): equal is not higher
        Assert.Equal(
            (0.126928011043 + 0.974076984180 + 1.313261687518 + 3.048587351574) / 4, LossRanking.Order(predicted, loss)
            .item<double>(), 1e-9);
    }

    [Fact]
    public void Ranking_OneImage_HasNoPairAndIsZero()
    {
        using var scope = NewDisposeScope();
        foreach (var ranking in (Func<Tensor, Tensor, Tensor>[])[LossRanking.Margin, LossRanking.Order])
        {
            var predicted = tensor(new[] { 3.0 }, requires_grad: true);
            var zero = ranking(predicted, tensor(new[] { 5.0 }));
            zero.backward();
            Assert.Equal((0, 0), (zero.item<double>(), predicted.grad!.item<double>()));
        }
    }

    [Theory, InlineData("small-cnn"), InlineData("resnet18"), InlineData("vgg16"), InlineData("small-seg"),
        InlineData("drn")]
    public void Maps_OfEveryTaskModel_HaveTheirWidthsAndLeaveTheFeaturesAsTheyAre(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new Generator(1);
        using var task = TaskModels.Create(name, 1, 4);
        task.Reset(random);
        task.eval();
        var x = randn([2, 1, 32, 32], generator: random);
        var maps = new List<Tensor>();
        Assert.Equal(task.Features(x).data<float>().ToArray(), task.Features(x, maps).data<float>().ToArray());
        Assert.Equal(task.MapWidths.Select(w => $"2×{w}"), maps.Select(m => string.Join('×', m.shape)));
        if (TaskModels.Segments(name))
            Assert.Equal(task.Features(x).data<float>().ToArray(), maps[^1].data<float>().ToArray());
        Assert.Equal(maps.Count, maps.Select(m => string.Join(' ', m.data<float>().ToArray())).Distinct().Count());
    }

    [Fact]
    public void Training_AfterThreeFifths_TheTaskModelNoLongerLearnsFromTheModule()
    {
        using var images = TinyImages.Set(40);
        var pool = TinyImages.Pool(images, 40);
        // a ranking whose gradient is enormous before, and must not reach the task model after
        Assert.NotEqual(Trained(0, 1), Trained(1, 1));
        Assert.Equal(Trained(0, 3), Trained(1, 3));

        byte[] Trained(float weight, int from)
        {
            using var scope = NewDisposeScope();
            var task = TaskModels.Create("small-cnn", 1, 4);
            var step = 0;
            using var trainer = new TaskTrainer(
                new(TinyImages.Task) { MinIterations = 5 }, task, pool, 1, null, new LossPredictor(task.MapWidths),
                (p, l) => LossRanking.Margin(p, l) * (step++ >= from ? weight : 0));
            trainer.Train();
            return [.. task.state_dict().SelectMany(p => p.Value.contiguous().bytes.ToArray())];
        }
    }

    // the means of bfloat16's maps are numbers like float32's, and learning from them reaches every map
    [Fact]
    public void Training_SegmenterInBFloat16_LearnsAboutWhatFloat32Does()
    {
        using var images = TinyMasks.Set(12);
        using var scope = NewDisposeScope();
        var (low, full) = (Trained(ScalarType.BFloat16), Trained(null));
        Assert.NotEqual(low.Loss, full.Loss);
        Assert.Equal(full.Loss, low.Loss, 0.02 * full.Loss);
        foreach (var (name, value) in full.Predictor)
            Assert.InRange((low.Predictor[name] - value).norm().item<float>(), 0, 0.05 * value.norm().item<float>());

        (double Loss, Dictionary<string, Tensor> Predictor) Trained(ScalarType? convolutions)
        {
            using var task = TaskModels.Create("small-seg", 3, 2);
            using var predictor = new LossPredictor(task.MapWidths);
            using var trainer = new TaskTrainer(
                new(TinyMasks.Task) { MinIterations = 3 }, task, TinyMasks.Pool(images, 12), 1, null, predictor,
                LossRanking.Margin);
            task.Convolutions = convolutions;
            trainer.Step();
            Assert.All(predictor.parameters(), p => Assert.True(p.grad!.isfinite().all().item<bool>()));
            return (trainer.MeanLoss(), predictor.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone()));
        }
    }

    [Fact]
    public void Restore_InTheMiddle_EndsWhereAnUndisturbedTrainingDoes()
    {
        using var images = TinyImages.Set(40);
        var pool = TinyImages.Pool(images, 40);
        using var scope = NewDisposeScope();
        var (whole, first, second) = (Trainer(), Trainer(), Trainer());
        whole.Trainer.Train();
        first.Trainer.Step();
        first.Trainer.Step();
        second.Trainer.Restore(first.Trainer.State().ToDictionary(s => s.Name, s => s.Value.detach().clone()), 2);
        second.Trainer.Train();
        Assert.Empty(TensorsOf.Changed(TensorsOf.Copy(whole.Predictor), TensorsOf.Copy(second.Predictor)));
        foreach (var (trainer, _) in new[] { whole, first, second }) trainer.Dispose();

        (TaskTrainer Trainer, LossPredictor Predictor) Trainer()
        {
            var task = TaskModels.Create("small-cnn", 1, 4);
            var predictor = new LossPredictor(task.MapWidths);
            return (new TaskTrainer(
                new(TinyImages.Task) { MinIterations = 5 }, task, pool, 1, null, predictor, LossRanking.Margin),
                predictor);
        }
    }

    // every pixel has the probabilities 1/4 and 3/4, so that each of class 0 costs ln 4 and each of class 1 ln 4/3
    [Fact]
    public void Training_ImagesWithMasks_RanksTheMeanLossesOfTheirPixelsThatHaveAClass()
    {
        const byte none = ImageSet.Ignore;
        byte[][] masks =
        [
            [0, 1, .. Enumerable.Repeat((byte)1, 1_598)],
            [0, 0, 1, 0, .. Enumerable.Repeat(none, 1_596)],
            [1, 1, .. Enumerable.Repeat(none, 1_598)],
        ];
        var (zero, one) = (Math.Log(4), Math.Log(4 / 3.0));
        double[] means = [one, (zero + 1_599 * one) / 1_600, (3 * zero + one) / 4];
        var (losses, total) = Train(masks, crop: null);
        Assert.All(losses, l => Assert.Equal(means, l.Order(), (a, b) => Math.Abs(a - b) < 1e-5));
        // the task model's own loss counts pixels, not images
        Assert.Equal((4 * zero + 1_602 * one) / 1_606, total, 1e-5);

        // of two images only a corner has a class, which hardly any window of 16 of 40 pixels shows: they have no loss
        byte[] corner = [0, .. Enumerable.Repeat(none, 1_599)];
        (losses, total) = Train([corner, new byte[1_600], corner, new byte[1_600]], crop: 16);
        Assert.All(losses, l => Assert.Equal([zero, zero], l, (a, b) => Math.Abs(a - b) < 1e-5));
        Assert.Equal(zero, total, 1e-5);

        static (List<double[]> Losses, double Total) Train(byte[][] masks, int? crop)
        {
            using var images = new ImageSet(
                PixelStore.Allocate(masks.Length * 3 * 1_600), 3, 40, 40,
                masks: new ImageSet(PixelStore.Copy([.. masks.SelectMany(m => m)]), 1, 40, 40));
            using var model = new Quarter();
            using var predictor = new LossPredictor(model.MapWidths);
            var losses = new List<double[]>();
            using var trainer = new TaskTrainer(
                new(TinyMasks.Task) { MinIterations = 6, BatchSize = 4, Shift = 0, Crop = crop, WeightDecay = 0 },
                model, TinyMasks.Pool(images, masks.Length), 1, null,
                predictor, (predicted, l) =>
                {
                    Assert.Equal(predicted.shape, l.shape);
                    Assert.False(l.requires_grad);
                    losses.Add([.. l.data<float>().Select(v => (double)v)]);
                    return 0 * predicted.sum();
                });
            for (var i = 0; i < 6; i++) trainer.Step();
            return (losses, trainer.MeanLoss());
        }
    }

    [Fact]
    public void LearningLoss_MasksThatContradictEachOther_AreWhatItChooses()
    {
        // pictures with a blue left are labelled as they are; of those with a red left a coin says which side is which:
        // nobody can learn those
        const int count = 160, height = 32, width = 48;
        var random = new Random(1);
        var (pixels, classes) = (new byte[count * 3 * height * width], new byte[count * height * width]);
        for (var id = 0; id < count; id++)
        {
            var swapped = id % 2 == 1 && random.Next(2) == 1;
            for (var i = 0; i < height * width; i++)
            {
                var left = i % width < width / 2;
                for (var c = 0; c < 3; c++)
                    pixels[(id * 3 + c) * height * width + i] =
                        (byte)(random.Next(60) + (left && c == (id % 2 == 1 ? 0 : 2) ? 190 : 20));
                classes[id * height * width + i] = left != swapped ? (byte)1 : (byte)0;
            }
        }
        using var images = new ImageSet(
            PixelStore.Copy(pixels), 3, height, width, masks: new ImageSet(PixelStore.Copy(classes), 1, height, width));
        var pool = TinyMasks.Pool(images, 100);
        using var networks =
            new Networks(pool, TinyImages.Vaal, new(TinyMasks.Task) { MinIterations = 80, BatchSize = 16 }, classes: 2);
        var chosen = QueryStrategies.Create("learning-loss")
            .Select(new() { Pool = pool, Budget = 30, Seed = 1, Networks = networks });
        Assert.InRange(chosen.Ids.Count(id => id % 2 == 1), 27, 30);                    // by chance: 15
    }

    /// <summary>Says 1/4 and 3/4 everywhere.</summary>
    private sealed class Quarter : Segmenter
    {
        private readonly TorchSharp.Modules.Linear unused = nn.Linear(1, 1);

        public Quarter() : base("quarter", 3, 2, 1) => RegisterComponents();

        protected override Tensor Maps(Tensor x) => 0 * x.mean([1], keepdim: true) + 0 * unused.weight.sum();

        protected override Tensor Read(Tensor maps, long height, long width) => cat([maps, maps + MathF.Log(3)], 1);

        internal override Tensor Classify(Tensor features) => throw new NotSupportedException();
    }

    [Fact]
    public void LearningLoss_ClassesWithContradictoryLabels_AreWhatItChooses()
    {
        using var images = TinyImages.Set(360);
        var pool = new Pool(images);
        // classes 0 and 1 are labelled as they are; 2 and 3 with a coin: nobody can learn those
        for (var id = 0; id < 240; id++) pool.Label(id, id % 4 < 2 ? id % 4 : 2 + (id * 7919 / 13 & 1));
        using var networks = new Networks(
            pool, TinyImages.Vaal, new(TinyImages.Task) { MinIterations = 120, BatchSize = 32 }, classes: 4);
        var chosen = QueryStrategies.Create("learning-loss")
            .Select(new() { Pool = pool, Budget = 40, Seed = 1, Networks = networks });
        Assert.InRange(chosen.Ids.Count(id => id % 4 >= 2), 36, 40);                    // by chance: 20
    }
}
