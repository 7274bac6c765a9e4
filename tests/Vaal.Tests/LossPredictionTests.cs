using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>The module that predicts a task model's loss.</summary>
[Collection(TorchCollection.Name)]
public sealed class LossPredictionTests
{
    [Fact]
    public void Margin_ThreePairs_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // pairs (0, 3), (1, 4), (2, 5); the seventh has no partner. Differences of the predictions 2, 0.5, −1; of the losses +, −, +
        var predicted = tensor(new[] { 3, 1, 0, 1, 0.5, 1, 9 });
        var loss = tensor(new[] { 5.0, 1, 2, 4, 3, 1, 9 });
        Assert.Equal((0 + 1.5 + 2) / 3, LossRanking.Margin(predicted, loss).item<double>(), 1e-12);
    }

    [Fact]
    public void Order_FourPairs_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // pairs (0, 4), (1, 5), (2, 6), (3, 7); the ninth has no partner. Differences of the predictions 2, 0.5, −1, 3; of the losses +, −, +, 0
        var predicted = tensor(new[] { 3, 1, 0, 4, 1, 0.5, 1, 1, 9 });
        var loss = tensor(new[] { 5.0, 1, 2, 7, 4, 3, 1, 7, 9 });
        // −ln σ(2), −ln(1 − σ(0.5)), −ln σ(−1), −ln(1 − σ(3)): equal is not higher
        Assert.Equal((0.126928011043 + 0.974076984180 + 1.313261687518 + 3.048587351574) / 4, LossRanking.Order(predicted, loss).item<double>(), 1e-9);
    }

    [Theory, InlineData("small-cnn"), InlineData("resnet18"), InlineData("vgg16")]
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
            using var trainer = new TaskTrainer(TinyImages.Task with { MinIterations = 5 }, task, pool, 1, null, new LossPredictor(task.MapWidths),
                (p, l) => LossRanking.Margin(p, l) * (step++ >= from ? weight : 0));
            trainer.Train();
            return [.. task.state_dict().SelectMany(p => p.Value.contiguous().bytes.ToArray())];
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
            return (new TaskTrainer(TinyImages.Task with { MinIterations = 5 }, task, pool, 1, null, predictor, LossRanking.Margin), predictor);
        }
    }

    [Fact]
    public void LearningLoss_ClassesWithContradictoryLabels_AreWhatItChooses()
    {
        using var images = TinyImages.Set(360);
        var pool = new Data.Pool(images);
        // classes 0 and 1 are labelled as they are; 2 and 3 with a coin: nobody can learn those
        for (var id = 0; id < 240; id++) pool.Label(id, id % 4 < 2 ? id % 4 : 2 + (id * 7919 / 13 & 1));
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task with { MinIterations = 120, BatchSize = 32 }, classes: 4);
        var chosen = QueryStrategies.Create("learning-loss").Select(new() { Pool = pool, Budget = 40, Seed = 1, Networks = networks });
        Assert.InRange(chosen.Ids.Count(id => id % 4 >= 2), 36, 40);                    // by chance: 20
    }
}
