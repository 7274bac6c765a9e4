using CsCheck;
using TorchSharp;
using TorchSharp.Modules;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Tests.Training;

public sealed class TaskTrainerTests : IDisposable
{
    internal static readonly TaskOptions Short = new() { BatchSize = 8, Epochs = 0, MinIterations = 12, Shift = 1 };
    private readonly ImageSet _images = Stripes(40);
    private readonly Pool _pool;

    public TaskTrainerTests()
    {
        _pool = new Pool(_images);
        for (var id = 0; id < 30; id++) _pool.Label(id, _images.Classes[id]);
    }

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Train_StripesOfTwoKinds_AreToldApartOnUnseenImages()
    {
        using var model = new Tiny();
        using var trainer = new TaskTrainer(new(Short) { MinIterations = 60 }, model, _pool, seed: 1);
        var losses = new List<double>();
        trainer.Train(e => losses.Add(e.Values!["loss"]));
        Assert.True(losses[^1] < 0.5 * losses[0], string.Join(' ', losses));
        Assert.InRange(TaskTrainer.Accuracy(model, _images), 0.95, 1);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Train_InBFloat16_LearnsAsFloat32DoesAndPredictsInFloat32()
    {
        var (full, accuracy) = Train(Precision.Float32);
        var (low, lowAccuracy) = Train(Precision.Bf16);
        Assert.Equal(full, Train(Precision.Auto).Losses);                                   // which trains in float32
        // it was another arithmetic
        if (Vaal.Models.BFloat16.InProcessor) Assert.NotEqual(full, low);
        // mean of the first 25 steps, in which both have learned most of it
        Assert.InRange(low[0], 0, 2 * full[0]);
        Assert.InRange(low[^1], 0, 0.5 * low[0]);
        Assert.InRange(accuracy, 0.95, 1);
        Assert.InRange(lowAccuracy, 0.95, 1);

        (List<double> Losses, double Accuracy) Train(Precision precision)
        {
            using var model = TaskModels.Create("small-cnn", _images.Channels, 2);
            var losses = new List<double>();
            using (var trainer =
                new TaskTrainer(new(Short) { MinIterations = 60, Precision = precision }, model, _pool, seed: 1))
            {
                trainer.Train(e => losses.Add(e.Values!["loss"]));
                Assert.Equal(precision == Precision.Bf16 && Vaal.Models.BFloat16.InProcessor
                    ? ScalarType.BFloat16
                    : null, model.Convolutions);
            }
            Assert.Null(model.Convolutions);
            Assert.All(model.parameters(), p => Assert.Equal(ScalarType.Float32, p.dtype));
            return (losses, TaskTrainer.Accuracy(model, _images));
        }
    }

    [Fact]
    public void Restore_AtAnyIteration_EndsBitEqualToAnUndisturbedTraining()
    {
        using var undisturbed = new Tiny();
        using var whole = new TaskTrainer(Short, undisturbed, _pool, seed: 1);
        whole.Train();
        Gen.Int[0, Short.MinIterations].Sample(at =>
        {
            using var scope = NewDisposeScope();
            using var before = new Tiny();
            using var first = new TaskTrainer(Short, before, _pool, seed: 1);
            while (first.Iteration < at) first.Step();
            var saved = first.State().ToDictionary(s => s.Name, s => s.Value.detach().clone());
            using var after = new Tiny();
            using var second = new TaskTrainer(Short, after, _pool, seed: 1);
            // what it had done so far must not matter
            second.Step();
            second.Restore(saved, at);
            second.Train();
            AssertSame(whole, second);
        }, iter: 6, threads: 1);
    }

    [Fact]
    public void Train_SameSeed_IsBitEqualAndOtherSeedIsNot()
    {
        using var a = Trained(1);
        using var b = Trained(1);
        using var c = Trained(2);
        Assert.True(Same(a, b));
        Assert.False(Same(a, c));

        Tiny Trained(long seed)
        {
            var model = new Tiny();
            using var trainer = new TaskTrainer(Short, model, _pool, seed);
            trainer.Train();
            return model;
        }
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Step_FiveHundredTimes_LeavesNoTensor()
    {
        using var model = new Tiny();
        using var trainer = new TaskTrainer(new(Short) { MinIterations = 600 }, model, _pool, seed: 1);
        for (var i = 0; i < 3; i++) trainer.Step();                               // gradients come into being
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 500; i++) trainer.Step();
        trainer.MeanLoss();
        TaskTrainer.Accuracy(model, _images);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Train_NaNWeight_StopsAndNamesIterationAndOptions()
    {
        using var model = new Tiny();
        using var trainer = new TaskTrainer(Short, model, _pool, seed: 1);
        using (no_grad()) model.parameters().First().fill_(float.NaN);
        var e = Assert.Throws<DivergedException>(() => trainer.Train());
        Assert.Contains("by iteration 12 of 12: loss NaN", e.Message);
        Assert.Contains("\"batchSize\":8,", e.Message);
    }

    [Fact]
    public void FrozenBatchNorm_Training_KeepsStatisticsAndDropsNothing()
    {
        using Tiny fresh = Trained(true, 0.2, 0), frozen = Trained(true, 0.2), thawed = Trained(false, 0.2);
        Assert.Equal([0, 0, 0, 0], Buffer(frozen, "mean"));
        Assert.Equal([1, 1, 1, 1], Buffer(frozen, "var"));
        Assert.DoesNotContain(0, Buffer(thawed, "mean"));
        Assert.DoesNotContain(1, Buffer(thawed, "var"));
        Assert.False(Same(fresh, frozen));                                        // it learned
        // a network without dropout comes to the same weights, and not where dropout is active
        using Tiny whole = Trained(true, 0), wholeThawed = Trained(false, 0);
        Assert.True(Same(whole, frozen));
        Assert.False(Same(wholeThawed, thawed));

        Tiny Trained(bool freeze, double dropped, int steps = 12)
        {
            var model = new Tiny(dropped);
            using var trainer = new TaskTrainer(new(Short) { FrozenBatchNorm = freeze }, model, _pool, seed: 1);
            for (var i = 0; i < steps; i++) trainer.Step();
            return model;
        }

        static float[] Buffer(Tiny model, string name) =>
            model.get_buffer($"norm.running_{name}")!.data<float>().ToArray();
    }

    [Fact]
    public void Train_Cancelled_StopsBetweenIterations()
    {
        using var model = new Tiny();
        using var trainer = new TaskTrainer(new(Short) { MinIterations = 100 }, model, _pool, seed: 1);
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trainer.Train(_ => cancel.Cancel(), cancel.Token));
        Assert.Equal(25, trainer.Iteration);
    }

    [Fact]
    public void Train_Checkpoint_IsOfferedAsItGoesAndAtTheEnd()
    {
        using var model = new Tiny();
        using var trainer = new TaskTrainer(new(Short) { MinIterations = 60 }, model, _pool, seed: 1);
        var at = new List<int>();
        trainer.Train(checkpoint: () => at.Add(trainer.Iteration));
        Assert.Equal([25, 50, 60], at);
    }

    [Fact]
    public void Restore_StateOfAnotherModel_IsRefusedAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var model = new Tiny();
        using var trainer = new TaskTrainer(Short, model, _pool, seed: 1);
        var state = trainer.State().ToDictionary(s => s.Name, s => zeros_like(s.Value));
        state["task.head.weight"] = zeros(3, 4);
        var e = Assert.Throws<InputException>(() => trainer.Restore(state, 1));
        Assert.Equal("'task.head.weight' was saved as 3×4; the model has 2×4", e.Message);
        state.Remove("task.head.weight");
        Assert.Contains(
            "has no 'task.head.weight'", Assert.Throws<InputException>(() => trainer.Restore(state, 1)).Message);
        Assert.NotEqual(0, model.parameters().First().abs().sum().item<float>());
    }

    [Fact]
    public void Predict_AnyOrder_GivesEachImageItsOwnLogitsAndRestoresTheMode()
    {
        using var scope = NewDisposeScope();
        using var model = new Tiny();
        using var trainer = new TaskTrainer(Short, model, _pool, seed: 1);
        trainer.Train();
        var all = TaskTrainer.Predict(model, _images, [.. Enumerable.Range(0, 40)]);
        var some = TaskTrainer.Predict(model, _images, [39, 3, 17]);
        Assert.Equal([3, 2], some.shape);
        Assert.True(some.allclose(all.index_select(0, tensor(new long[] { 39, 3, 17 })), atol: 1e-5));
        Assert.Equal([0, 2], TaskTrainer.Predict(model, _images, []).shape);
        Assert.True(model.training);
    }

    [Fact]
    public void Accuracy_KnownLogits_CountsMatchesAmongKnownClasses()
    {
        using var four = new ImageSet(PixelStore.Allocate(4 * 64), 1, 8, 8, [1, 0, -1, 1]);
        using var model = new Tiny();
        using (no_grad())
        {
            foreach (var p in model.parameters()) p.zero_();
            model.get_parameter("head.bias")!.copy_(tensor(new[] { 0f, 1 }));      // says 1, always
        }
        Assert.Equal(2 / 3.0, TaskTrainer.Accuracy(model, four), 1e-12);
    }

    [Fact]
    public void Trainer_ClassBeyondTheModels_NamesTheImage()
    {
        _pool.Label(33, 2);
        using var model = new Tiny();
        var e = Assert.Throws<InputException>(() => new TaskTrainer(Short, model, _pool, seed: 1));
        Assert.Equal("image 33 is labelled with class 2; the task model has classes 0..1", e.Message);
    }

    [Fact]
    public void Trainer_OneLabel_IsRefused()
    {
        var pool = new Pool(_images);
        pool.Label(0, 0);
        using var model = new Tiny();
        Assert.Throws<InputException>(() => new TaskTrainer(Short, model, pool, seed: 1));
    }

    // class 0 has upright stripes, class 1 level ones, each with a brightness of its own
    internal static ImageSet Stripes(int count)
    {
        var pixels = new byte[count * 64];
        var classes = new int[count];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (id, row, column) = (i / 64, i / 8 % 8, i % 8);
            classes[id] = id % 2;
            pixels[i] = (byte)(((id % 2 == 0 ? column : row) / 2 % 2 == 0 ? 60 : 160) + id * 2);
        }
        return new ImageSet(PixelStore.Copy(pixels), 1, 8, 8, classes);
    }

    private static void AssertSame(TaskTrainer a, TaskTrainer b)
    {
        foreach (var (x, y) in a.State().Zip(b.State())) Assert.True(x.Value.equal(y.Value).all().item<bool>(), x.Name);
    }

    private static bool Same(TaskModel a, TaskModel b) =>
        a.state_dict().Values.Zip(b.state_dict().Values).All(p => p.First.equal(p.Second).all().item<bool>());

    internal sealed class Tiny : TaskModel
    {
        private readonly Conv2d conv = Conv2d(1, 4, 3, padding: 1);
        private readonly BatchNorm2d norm = BatchNorm2d(4);
        private readonly Vaal.Models.Dropout drop;
        private readonly Linear head = Linear(4, 2);

        public Tiny(double dropped = 0.2) : base("tiny", 1, 2, 4)
        {
            drop = new(dropped);
            RegisterComponents();
        }

        public override Tensor Features(Tensor x)
        {
            using var scope = NewDisposeScope();
            return drop.call(norm.call(conv.call(x)).relu_().mean([2, 3])).MoveToOuterDisposeScope();
        }

        internal override Tensor Classify(Tensor features) => head.call(features);
    }
}
