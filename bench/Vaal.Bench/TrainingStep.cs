using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Bench;

/// <summary>
/// One training iteration (2 VAE steps + 1 D step) and one scoring pass, the reference's way and ours: interleaved in
/// one process, medians, ratios. The reference's way runs the full VAE in D's step and while scoring.
/// </summary>
internal static class TrainingStep
{
    /// <summary>step [WIDTH] [BATCH] [REPEATS]</summary>
    public static int Run(string[] args)
    {
        int Argument(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
        var (width, batch, repeats) = (Argument(0, 128), Argument(1, 128), Argument(2, 5));
        using var images = Noise(4 * batch);
        int[] ids = [.. Enumerable.Range(0, images.Count)];
        var options = VaalOptions.Official with { Width = width, BatchSize = batch, Iterations = 1_000_000 };

        using var ours = new VaalTrainer(options, images, ids[..(2 * batch)], ids[(2 * batch)..], seed: 1);
        using var reference = new ReferenceWay(width, options.LatentDim);
        using var networks = new VaalNetworks(ours.Vae, ours.D, VaalOptions.Balanced, [], [], CPU);
        var x = Augment.Normalise(images.Batch(ids.AsSpan(0, batch)));
        Compare($"training iteration, width {width}, batch {batch}, float32", 2 * batch, repeats, () => reference.Iterate(x, x), () => ours.Iterate(1));
        Compare($"scoring, width {width}", images.Count, repeats, () => reference.Score(images, batch), () => networks.Score(images, ids, seed: 1));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak resident memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.00} GB (both in one process; `memory WIDTH BATCH ours|reference` tells them apart)"));
        return 0;
    }

    /// <summary>memory WIDTH BATCH ours|reference: peak memory of ten iterations and one scoring pass</summary>
    public static int Memory(string[] args)
    {
        var (width, batch) = (int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));
        using var images = Noise(4 * batch);
        int[] ids = [.. Enumerable.Range(0, images.Count)];
        if (args[2] == "ours")
        {
            var options = VaalOptions.Official with { Width = width, BatchSize = batch, Iterations = 1_000_000 };
            using var ours = new VaalTrainer(options, images, ids[..(2 * batch)], ids[(2 * batch)..], seed: 1);
            ours.Iterate(5);
            using var networks = new VaalNetworks(ours.Vae, ours.D, VaalOptions.Balanced, [], [], CPU);
            networks.Score(images, ids, seed: 1);
        }
        else
        {
            using var reference = new ReferenceWay(width, 32);
            var x = Augment.Normalise(images.Batch(ids.AsSpan(0, batch)));
            for (var i = 0; i < 5; i++) reference.Iterate(x, x);
            reference.Score(images, batch);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{args[2]}: peak resident memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.00} GB"));
        return 0;
    }

    private static void Compare(string what, int count, int repeats, Action reference, Action ours)
    {
        reference();
        ours();
        var (theirs, mine) = (new List<double>(), new List<double>());
        for (var i = 0; i < repeats; i++)
        {
            theirs.Add(Seconds(reference));
            mine.Add(Seconds(ours));
        }
        double t = Median(theirs), m = Median(mine);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: reference's way {t:0.000} s ({count / t:0} images/s), ours {m:0.000} s ({count / m:0} images/s), ratio {t / m:0.00}"));
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static ImageSet Noise(int count)
    {
        var bytes = new byte[count * 3 * 32 * 32];
        new Random(1).NextBytes(bytes);
        return new ImageSet(PixelStore.Copy(bytes), 3, 32, 32);
    }

    /// <summary>What the released code does, with stock optimisers: two full VAE passes in D's step, decoder included, and the full VAE to score.</summary>
    private sealed class ReferenceWay : IDisposable
    {
        private readonly ReferenceVae _vae;
        private readonly Discriminator _d;
        private readonly optim.Optimizer _vaeOptimizer, _dOptimizer;
        private readonly int _latent;

        public ReferenceWay(int width, int latent)
        {
            using var random = new Generator(1);
            _latent = latent;
            _vae = new ReferenceVae(width, latent);
            _d = new Discriminator(latent).Initialised(random);
            _vaeOptimizer = optim.Adam(_vae.parameters(), 5e-4);
            _dOptimizer = optim.Adam(_d.parameters(), 5e-4);
        }

        public void Iterate(Tensor xL, Tensor xU)
        {
            _vae.train();
            for (var k = 0; k < 2; k++)
            {
                using var step = NewDisposeScope();
                var (outL, outU) = (Full(xL), Full(xU));
                var loss = Loss(xL, outL) + Loss(xU, outU) + Bce(_d.call(outL.Mu), true) + Bce(_d.call(outU.Mu), true);
                _vaeOptimizer.zero_grad();
                loss.backward();
                _vaeOptimizer.step();
            }
            using var scope = NewDisposeScope();
            Tensor muL, muU;
            using (no_grad()) (muL, muU) = (Full(xL).Mu, Full(xU).Mu);
            var apart = Bce(_d.call(muL), true) + Bce(_d.call(muU), false);
            _dOptimizer.zero_grad();
            apart.backward();
            _dOptimizer.step();
        }

        public void Score(ImageSet images, int batch)
        {
            using var noGrad = no_grad();
            foreach (var part in Enumerable.Range(0, images.Count).Chunk(batch))
            {
                using var scope = NewDisposeScope();
                _ = _d.call(Full(Augment.Normalise(images.Batch(part))).Mu).sigmoid().cpu();
            }
        }

        private VaeOutput Full(Tensor x) => _vae.call(x, randn(x.shape[0], _latent));

        private static Tensor Loss(Tensor x, VaeOutput y) => VaalTrainer.Reconstruction(x, y, ElboScale.Released) + VaalTrainer.Divergence(y, ElboScale.Released);

        private static Tensor Bce(Tensor logit, bool labelled) =>
            binary_cross_entropy(logit.sigmoid(), labelled ? ones_like(logit) : zeros_like(logit));

        public void Dispose()
        {
            _vae.Dispose();
            _d.Dispose();
            _vaeOptimizer.Dispose();
            _dOptimizer.Dispose();
        }
    }
}
