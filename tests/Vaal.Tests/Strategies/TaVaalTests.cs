using Vaal.Data;
using Vaal.Models;
using Vaal.Records;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>VAAL with a ranker: what the decoder and the discriminator see of it, what it chooses, and that it goes on
/// after a stop.</summary>
[Trait("Category", "Slow")]
public sealed class TaVaalTests
{
    [Theory, InlineData(true), InlineData(false)]
    public void Step_WithARanker_ShowsItsSigmoidToTheDecoderAndItselfToD(bool together)
    {
        using var images = TinyImages.Set(40);
        using var scope = NewDisposeScope();
        var ranks = new float[40];
        (ranks[0], ranks[1], ranks[2], ranks[3], ranks[16], ranks[17], ranks[18]) = (-3, 0, 1, 2, 4, -1, 5);
        using var trainer = new TaskAwareVaalTrainer(
            new(TinyImages.Vaal) { JointForward = together }, new PixelExamples(images, TinyImages.Vaal.Flip),
            [.. Enumerable.Range(0, 16)], [.. Enumerable.Range(16, 24)], 1, ranks);
        using var random = new Generator(1);
        Tensor xL = Augment.Normalise(images.Batch([0, 1, 2, 3])), xU = Augment.Normalise(images.Batch([16, 17, 18]));
        Tensor noiseL = randn([4, 4], generator: random), noiseU = randn([3, 4], generator: random);
        Tensor rL = tensor(new float[] { -3, 0, 1, 2 }, [4, 1]), rU = tensor(new float[] { 4, -1, 5 }, [3, 1]);

        var ((mseL, advL), (mseU, advU)) = together ? Together() : (Alone(xL, noiseL, rL), Alone(xU, noiseU, rU));
        var vae = trainer.StepVae(new([0, 1, 2, 3], xL), new([16, 17, 18], xU), noiseL, noiseU).data<float>().ToArray();
        Close(mseL, vae[0]);
        Close(mseU, vae[2]);
        Close(advL + advU, vae[4]);

        var apart = Apart();
        Close(apart, trainer.StepDiscriminator(new([0, 1, 2, 3], xL), new([16, 17, 18], xU)).item<float>());
        trainer.Vae.Dispose();
        trainer.D.Dispose();

        // by the layers themselves: the squared error and −ln σ(D) of each image, summed over pixels, meaned over
        // images
        (double Mse, double Adv) Alone(Tensor x, Tensor noise, Tensor r)
        {
            using var noGrad = no_grad();
            var (recon, mu) = Pass(x, noise, r);
            return (Mse(recon, x), Adv(mu, r));
        }

        ((double, double), (double, double)) Together()
        {
            using var noGrad = no_grad();
            var (recon, mu) = Pass(cat([xL, xU]), cat([noiseL, noiseU]), cat([rL, rU]));
            return ((Mse(recon.narrow(0, 0, 4), xL), Adv(mu.narrow(0, 0, 4), rL)),
                (Mse(recon.narrow(0, 4, 3), xU), Adv(mu.narrow(0, 4, 3), rU)));
        }

        double Apart()
        {
            using var noGrad = no_grad();
            using var eval = trainer.Vae.Evaluating();
            return Adv(trainer.Vae.Mean(xL), rL) + (1 + D(trainer.Vae.Mean(xU), rU).exp()).log().mean().item<float>();
        }

        (Tensor Recon, Tensor Mu) Pass(Tensor x, Tensor noise, Tensor r)
        {
            var h = Layer("encoder").call(x);
            var mu = Layer("fc_mu").call(h);
            var z = mu + (Layer("fc_logvar").call(h) / 2).exp() * noise;
            return (Layer("decoder").call(cat([z, 1 / (1 + (-r).exp())], 1)), mu);
        }

        nn.Module<Tensor, Tensor> Layer(string name) =>
            (nn.Module<Tensor, Tensor>)trainer.Vae.named_children().Single(c => c.name == name).module;
        Tensor D(Tensor mu, Tensor r) => trainer.D.call(cat([mu, r], 1));
        double Adv(Tensor mu, Tensor r) => (1 + (-D(mu, r)).exp()).log().mean().item<float>();
        static double Mse(Tensor recon, Tensor x) => (recon - x).square().sum().item<float>() / x.shape[0];
        static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-4 * Math.Abs(expected));
    }

    // iterations put together by hand: the batches, the noise, and for each image the r of its id
    [Fact]
    public void Iterations_EachImageHasTheROfItsId()
    {
        using var images = TinyImages.Set(40);
        var options =
            new VaalOptions(TinyImages.Vaal) { Flip = false, VaeSteps = 2, DiscriminatorSteps = 1, BatchSize = 8 };
        int[] labelled = [.. Enumerable.Range(0, 40).Where(i => i % 3 == 0)],
            unlabelled = [.. Enumerable.Range(0, 40).Where(i => i % 3 != 0)];
        float[] ranks = [.. Enumerable.Range(0, 40).Select(id => (id * 17 % 40 - 20) / 10f)];
        using var scope = NewDisposeScope();
        var pixels = new PixelExamples(images, options.Flip);
        using var trainer = new TaskAwareVaalTrainer(options, pixels, labelled, unlabelled, 5, ranks);
        var given = new float[40];
        using var byHand = new TaskAwareVaalTrainer(options, pixels, labelled, unlabelled, 5, given);
        trainer.Iterate(2);

        using var random = new Generator(0);
        var (first, second) = (
            new BatchSampler(labelled, 8, dropLast: true, 5, "labelled"),
            new BatchSampler(unlabelled, 8, dropLast: false, 5, "unlabelled"));
        for (var i = 0; i < 2; i++)
        {
            int[] l = [], u = [];
            for (var k = 2 * i; k < 2 * i + 2; k++)
            {
                random.manual_seed(Seeds.Derive(5, "iteration", k));
                (l, u) = (first[k].ToArray(), second[k].ToArray());
                byHand.StepVae(At(0, l), At(20, u), Noise(l), Noise(u));
            }
            byHand.StepDiscriminator(At(0, l), At(20, u));
        }
        Assert.Empty(TensorsOf.Changed(TensorsOf.Copy(byHand.State()), TensorsOf.Copy(trainer.State())));
        foreach (var module in new nn.Module[] { trainer.Vae, trainer.D, byHand.Vae, byHand.D }) module.Dispose();

        // rows of the trainer by hand are places in the batch, which are given the r of the id that is there now
        Batch At(int first, int[] ids)
        {
            for (var i = 0; i < ids.Length; i++) given[first + i] = ranks[ids[i]];
            return new([.. Enumerable.Range(first, ids.Length)], Augment.Normalise(images.Batch(ids)));
        }

        Tensor Noise(int[] ids) => randn(ids.Length, options.LatentDim, generator: random);
    }

    [Fact]
    public void Choice_IsWhatDHoldsLeastLabelledByMuAndR()
    {
        using var images = TinyImages.Set(60);
        var pool = TinyImages.Pool(images, 20);
        using var networks = Networks(pool, TinyImages.Vaal);
        var (ids, scores) = Select(networks, pool, 7);
        var logits = pool.UnlabelledIds.ToDictionary(id => id, id => LogitAlone(networks, images, id));
        Assert.Equal(pool.UnlabelledIds.OrderBy(id => logits[id]).Take(7), ids);
        for (var i = 0; i < ids.Count; i++) Assert.Equal(-logits[ids[i]], scores[i], 1e-4f);
    }

    // D sees the image as a square and the ranker as the task model does, in its own shape
    [Fact]
    public void Choice_ImagesWithMasks_IsByMuOfTheSquareAndROfTheFrame()
    {
        using var images = TinyMasks.Set(20);
        var pool = TinyMasks.Pool(images, 10);
        using var networks = new Networks(pool, new(TinyImages.Vaal) { Size = 32 }, TinyMasks.Task, classes: 2);
        var (ids, scores) = Select(networks, pool, 10);
        for (var i = 0; i < ids.Count; i++) Assert.Equal(-LogitAlone(networks, images, ids[i]), scores[i], 1e-4f);
        using var squares = images.Squared(32).Subset([.. Enumerable.Range(0, 20)]);
        // the r of the square is another
        Assert.Contains(ids.Zip(scores), p => Math.Abs(LogitAlone(networks, squares, p.First) + p.Second) > 1e-2f);
    }

    // what the report shows are the scores that chose; those of images held out would flatter D, as the ranker knows
    // their labels
    [Fact]
    public void RoundArtifacts_OfTaVaal_MapThePoolWithItsScoresAndClaimNothingHeldOut()
    {
        using var images = TinyImages.Set(300);
        using var folder = new TemporaryFolder();
        var pool = TinyImages.Pool(images, 200);
        using var networks = Networks(pool, new(TinyImages.Vaal) { HoldOut = 0.4 });
        var (ids, scores) = Select(networks, pool, 7);
        Assert.True(networks.TaskAwareVaal.HeldOutLabelled.Count > 30);
        var made = RoundArtifacts.Measure(
            networks.TrainedPair, pool, PoolImage.Unnumbered(images.Count), ids, new TrainingRecord(), seed: 1);
        Assert.Equal(pool.LabelledIds.Concat(pool.UnlabelledIds), made.Map!.Images.Select(n => (int)n));
        var shown = made.Map.Images.Select(n => (int)n).Zip(made.Map.Scores).ToDictionary();
        for (var i = 0; i < ids.Count; i++) Assert.Equal(scores[i], shown[ids[i]], 1e-4f);
        Assert.Equal(
            (200, 100, false), (made.Scores!.Labelled.Sum(), made.Scores.Unlabelled.Sum(), made.Scores.HeldOut));

        networks.Save(folder.Path);
        var saved = Safetensors.Load(Path.Combine(folder.Path, "vaal.safetensors"));
        using var _ = NewDisposeScope();
        Assert.Equal(TinyImages.Vaal.LatentDim + 1, saved["disc.net.0.weight"].shape[1]);
        foreach (var tensor in saved.Values) tensor.Dispose();
    }

    [Fact]
    public void Choice_ClassThatTheLabelledLack_ComesFirst()
    {
        using var images = TinyImages.Set(240);
        var pool = new Pool(images);
        for (var id = 0; id < 120; id++)
            // 60 of the 150 unlabelled are of class 3
            if (id % 4 < 3) pool.Label(id, id % 4);
        using var networks =
            Networks(pool, new(TinyImages.Vaal) { Iterations = 60, BatchSize = 16, LatentDim = 8 }, taskIterations: 60);
        Assert.InRange(Select(networks, pool, 30).Ids.Count(id => id % 4 == 3), 27, 30);   // by chance: 12
    }

    [Fact]
    public void Ranker_ClassesWithContradictoryLabels_AreWhatItRanksHighest()
    {
        using var images = TinyImages.Set(360);
        var pool = new Pool(images);
        // classes 0 and 1 are labelled as they are; 2 and 3 with a coin: nobody can learn those
        for (var id = 0; id < 240; id++) pool.Label(id, id % 4 < 2 ? id % 4 : 2 + (id * 7919 / 13 & 1));
        using var networks = Networks(pool, TinyImages.Vaal, taskIterations: 120);
        var ranker = networks.Ranker;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        float[] r = ranker.Of(Augment.Normalise(images.Batch(pool.UnlabelledIds))).data<float>().ToArray();
        var highest = pool.UnlabelledIds.Zip(r).OrderByDescending(p => p.Second).Take(40);
        Assert.InRange(highest.Count(p => p.First % 4 >= 2), 36, 40);                      // by chance: 20
    }

    [Fact]
    public void Select_AfterAStopInTheMiddle_TrainsTheRestAloneAndChoosesTheSame()
    {
        using var images = TinyImages.Set(60);
        using var folder = new TemporaryFolder();
        var pool = TinyImages.Pool(images, 20);
        var options = new VaalOptions(TinyImages.Vaal) { Iterations = 30 };
        using var undisturbed = Networks(pool, options);
        using var stop = new CancellationTokenSource();
        using var stopped = new Networks(pool, options, TinyImages.Task, classes: 4)
        { Checkpoints = folder.Path, Cancel = stop.Token, Report = StopInVaal };
        Assert.Throws<OperationCanceledException>(() => Select(stopped, pool, 7));
        var events = new List<TrainEvent>();
        using var resumed = new Networks(pool, options, TinyImages.Task, classes: 4)
        { Checkpoints = folder.Path, Report = events.Add };
        var (expected, chosen) = (Select(undisturbed, pool, 7), Select(resumed, pool, 7));
        Assert.Equal(expected.Ids, chosen.Ids);
        Assert.Equal(expected.Scores, chosen.Scores);
        Assert.Equal(
            ["ranking the pool by loss: 60 of 60", "training VAE and discriminator: 20 of 30",
                "training VAE and discriminator: 30 of 30"],
            // the ranker was there already
            events.Where(e => e.Phase != "scoring the pool").Select(e => $"{e.Phase}: {e.Done} of {e.Total}"));

        void StopInVaal(TrainEvent e)
        {
            if (e.Phase == "training VAE and discriminator") stop.Cancel();
        }
    }

    // no batch mates, no thread, no folding
    private static float LogitAlone(Networks networks, ImageSet images, int id)
    {
        var (vaal, ranker) = (networks.TaskAwareVaal, networks.Ranker);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        vaal.Vae.eval();
        ranker.Task.eval();
        var mu = vaal.Vae.Mean(Augment.Normalise(images.Squared(vaal.Vae.Size).Batch([id])));
        var r = ranker.Predictor.Of(ranker.Task, Augment.Normalise(images.Batch([id]))).unsqueeze(1);
        return vaal.D.call(cat([mu, r], 1)).item<float>();
    }

    internal static Networks Networks(Pool pool, VaalOptions options, int taskIterations = 3) =>
        new(pool, options,
            new(TinyImages.Task) { MinIterations = taskIterations, BatchSize = taskIterations == 3 ? 8 : 32 },
            classes: 4);

    private static Selection Select(Networks networks, Pool pool, int budget) =>
        QueryStrategies.Create("ta-vaal").Select(new() { Pool = pool, Budget = budget, Seed = 1, Networks = networks });
}
