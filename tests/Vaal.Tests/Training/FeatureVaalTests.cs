using TorchSharp;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>VAAL on stored feature vectors: the same trainer, with a fully connected VAE.</summary>
public sealed class FeatureVaalTests : IDisposable
{
    private const int Count = 240, Dim = 16;
    private static readonly VaalOptions Options =
        new(TinyImages.Vaal) { Iterations = 60, BatchSize = 32, LatentDim = 8 };
    private readonly Tensor _features;                                            // (240, 16): four clusters in turn
    private readonly FeatureExamples _examples;

    public FeatureVaalTests()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var centres = randn([4, Dim], generator: random) * 3;
        var noise = randn([Count, Dim], generator: random) * 0.5;
        _features = (centres.index_select(0, arange(Count) % 4) + noise).DetachFromDisposeScope();
        _examples = new FeatureExamples(_features);
    }

    public void Dispose()
    {
        _examples.Dispose();
        _features.Dispose();
    }

    [Fact]
    public void Train_ClusterThatTheLabelledLack_LooksLeastLabelled()
    {
        int[] labelled = [.. Enumerable.Range(0, 120).Where(id => id % 4 < 3)];
        int[] unlabelled = [.. Enumerable.Range(0, Count).Except(labelled)];       // 150, of which 60 are of cluster 3
        using var trained = new Trained(new VaalTrainer(Options, _examples, labelled, unlabelled, seed: 1));
        trained.It.Train();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var eval = trained.It.AutoEncoder.Evaluating();
        var logits = trained.It.D.call(trained.It.AutoEncoder.Mean(_examples.Rows)).squeeze(1).data<float>().ToArray();
        var chosen = unlabelled.OrderBy(id => logits[id]).Take(30);
        Assert.InRange(chosen.Count(id => id % 4 == 3), 27, 30);                   // by chance: 12
    }

    [Fact]
    public void Train_FeatureVae_ReconstructsBetterThanTheMean()
    {
        using var trained = new Trained(Trainer());
        var events = new List<TrainEvent>();
        trained.It.Train(events.Add);
        // standardised columns: the mean row is off by 1 a column
        Assert.InRange(events[^1].Values!["recon"], 0, 0.9 * Dim);
        Assert.True(events[^1].Values!["kl"] > 1);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Restore_InTheMiddle_EndsWhereAnUndisturbedTrainingDoes()
    {
        using var whole = new Trained(Trainer());
        whole.It.Train();
        using var scope = NewDisposeScope();
        using var first = new Trained(Trainer());
        first.It.Iterate(25);
        var saved = first.It.State().ToDictionary(s => s.Name, s => s.Value.detach().clone());
        using var second = new Trained(Trainer());
        second.It.Restore(saved, 25);
        second.It.Train();
        Assert.Empty(TensorsOf.Changed(TensorsOf.Copy(whole.It.State()), TensorsOf.Copy(second.It.State())));
    }

    [Fact]
    public void Batch_Rows_AreStandardisedAndInTheOrderOfTheirNumbers()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var examples = new FeatureExamples(tensor(new float[,] { { 1, 5 }, { 3, 5 }, { 5, 5 } }));
        var batch = examples.Batch([2, 0], random);
        var deviation = (float)Math.Sqrt(8.0 / 3);
        float[] expected = [2 / deviation, 0, -2 / deviation, 0];                  // a constant column is 0
        Assert.Equal(expected, batch.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(3, examples.Count);
    }

    [Fact]
    public void Examples_NotFinite_AreRefused()
    {
        using var scope = NewDisposeScope();
        var e = Assert.Throws<InputException>(() => new FeatureExamples(tensor(new float[,] { { 1, float.NaN } })));
        Assert.Equal("expected finite features, found NaN or an infinite number", e.Message);
        e = Assert.Throws<InputException>(() => new FeatureExamples(zeros(0, 4)));
        Assert.Equal("expected features (N, F), found (0, 4)", e.Message);
    }

    [Fact]
    public void Train_AHundredIterations_LeavesNoTensor()
    {
        using var trained = new Trained(Trainer());
        trained.It.Iterate(20);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        trained.It.Iterate(20);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private VaalTrainer Trainer() =>
        new(Options, _examples, [.. Enumerable.Range(0, 60)], [.. Enumerable.Range(60, 180)], seed: 3);

    private sealed record Trained(VaalTrainer It) : IDisposable
    {
        public void Dispose()
        {
            It.AutoEncoder.Dispose();
            It.D.Dispose();
            It.Dispose();
        }
    }
}
