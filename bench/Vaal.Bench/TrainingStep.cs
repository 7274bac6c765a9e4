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
/// One training iteration (2 VAE steps + 1 D step), one scoring pass and the peak of memory, the reference's way and
/// ours: each in a process of its own that sets itself up as it would, taking turns; medians, ratios. The reference's
/// way runs the full VAE in D's step and while scoring, with the settings that libtorch comes with.
/// </summary>
internal static class TrainingStep
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>step [WIDTH] [BATCH] [REPEATS]</summary>
    public static int Run(string[] args)
    {
        if (args is ["reference" or "ours" or "bf16", ..]) return Answer(args);
        var (width, batch, repeats) = (args.Number(0, 128), args.Number(1, 128), args.Number(2, 5));
        using var reference = new Side("reference", width, batch);
        using var ours = new Side("ours", width, batch);
        using var low = new Side("bf16", width, batch);
        Compare($"training iteration, width {width}, batch {batch}", 2 * batch);
        CompareScoring();
        Console.WriteLine(string.Create(Invariant,
            $"peak resident memory: reference's way {reference.Ask("memory"):0.00} GB, ours {ours.Ask("memory"):0.00} "
            + $"GB, ours training in bf16 {low.Ask("memory"):0.00} GB"));
        return 0;

        void Compare(string what, int images)
        {
            List<double> theirs = [], mine = [], lower = [], product = [], productBf16 = [];
            for (var i = 0; i <= repeats; i++)                                     // the first of each warms up
            {
                theirs.Add(reference.Ask("iterate"));
                mine.Add(ours.Ask("iterate"));
                lower.Add(low.Ask("iterate"));
                product.Add(ours.Ask("product"));
                productBf16.Add(ours.Ask("product bf16"));
            }
            var t = Median(theirs);
            Console.WriteLine(string.Create(Invariant,
                $"{what}: reference's way {t:0.000} s ({images / t:0} images/s)"));
            foreach (
                var (precision, times, products) in new[] { ("float32", mine, product), ("bf16", lower, productBf16) })
            {
                double seconds = Median(times), rate = images * IterationWork(width) / seconds / 1e9,
                    top = ProductWork / Median(products) / 1e9;
                Console.WriteLine(string.Create(Invariant,
                    $"ours, {precision}: {seconds:0.000} s ({images / seconds:0} images/s), ratio "
                    + $"{t / seconds:0.00}; {rate:0} GFLOP/s, {rate / top:P0} of the matrix product's {top:0}"));
            }
        }

        // the arithmetic of the encoder's convolutions against a large matrix product in the same process
        void CompareScoring()
        {
            string[] questions = ["score", "product", "score bf16", "product bf16"];
            var seconds = questions.Select(_ => new List<double>()).ToArray();
            var theirs = new List<double>();
            for (var i = 0; i <= repeats; i++)
            {
                theirs.Add(reference.Ask("score"));
                foreach (var (times, question) in seconds.Zip(questions)) times.Add(ours.Ask(question));
            }
            var perSecond = batch * ReferenceBatches / Median(theirs);
            Console.WriteLine(string.Create(Invariant,
                $"scoring, width {width}: reference's way {perSecond:0} images/s"));
            for (var k = 0; k < 4; k += 2)
            {
                double speed = batch * OurBatches / Median(seconds[k]), rate = speed * EncoderWork(width) / 1e9,
                    product = ProductWork / Median(seconds[k + 1]) / 1e9;
                Console.WriteLine(string.Create(Invariant,
                    $"ours, {questions[k]}: {speed:0} images/s, ratio {speed / perSecond:0.0}; {rate:0} GFLOP/s, "
                    + $"{rate / product:P0} of the matrix product's {product:0}"));
            }
        }
    }

    /// <summary>One of the two ways, in a process of its own.</summary>
    private sealed class Side : IDisposable
    {
        /// <summary>How often a thread of libgomp looks again before it sleeps where nobody says otherwise; to load
        /// Vaal's assembly is to say otherwise.</summary>
        private const string LibgompsOwn = "300000";

        private readonly Process _process;

        public Side(string way, int width, int batch)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!,
                [.. Environment.GetCommandLineArgs()[0] is var self
                    && Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
                    ? [self]
                    : Array.Empty<string>(), "step", way, $"{width}", $"{batch}"])
            { RedirectStandardInput = true, RedirectStandardOutput = true };
            if (way == "reference") start.Environment["GOMP_SPINCOUNT"] = LibgompsOwn;
            else start.Environment.Remove("GOMP_SPINCOUNT");
            _process = Process.Start(start)!;
        }

        /// <summary>Seconds, or gigabytes of "memory".</summary>
        public double Ask(string question)
        {
            _process.StandardInput.WriteLine(question);
            return double.Parse(_process.StandardOutput.ReadLine()
                ?? throw new InvalidOperationException($"the {question} process ended"), Invariant);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }

    // step reference|ours WIDTH BATCH: answers questions until there are no more
    private static int Answer(string[] args)
    {
        var (width, batch) = (args.Number(1), args.Number(2));
        using var images = Noise((args[0] == "reference" ? ReferenceBatches : OurBatches) * batch);
        using IWay way = args[0] != "reference"
            ? new OurWay(width, batch, images, args[0] == "bf16" ? Precision.Bf16 : Precision.Float32)
            : new ReferenceWay(width, batch, images);
        while (Console.ReadLine() is { } question)
        {
            var answer = question switch
            {
                "iterate" => Seconds(way.Iterate),
                "score" => Seconds(way.Score),
                "score bf16" => Seconds(((OurWay)way).ScoreInBFloat16),
                "product" => Product(ScalarType.Float32),
                "product bf16" => Product(ScalarType.BFloat16),
                _ => Process.GetCurrentProcess().PeakWorkingSet64 / 1e9,
            };
            Console.WriteLine(answer.ToString("R", Invariant));
        }
        return 0;
    }

    private static double Product(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var a = randn([ProductSide, ProductSide]).to(precision);
        return Seconds(() => a.mm(a));
    }

    private interface IWay : IDisposable
    {
        void Iterate();
        void Score();
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    // how many batches are scored at once: ours is so quick that what is done once a pool (folding the weights) would
    // weigh more than in any real pool
    private const int ReferenceBatches = 4, OurBatches = 64;

    /// <summary>Floating-point operations of the four convolutions, an image of 32 pixels.</summary>
    private static double EncoderWork(int width) =>
        2 * 16.0 * (256 * 3 * width + 64 * 2 * width * width + 16 * 8 * width * width + 4 * 32 * width * width);

    /// <summary>The same for what our training iteration computes an image: of two VAE steps the encoder and the
    /// decoder, forward and twice backward; of one D step the encoder. Each of the decoder's transposed convolutions
    /// takes four times as much as the encoder's of the same channels.</summary>
    private static double IterationWork(int width) =>
        6 * (EncoderWork(width) + 2 * 1024 * (3.0 * width + 3 * 8 * width * width)) + EncoderWork(width);

    private const int ProductSide = 2_048;
    private const double ProductWork = 2.0 * ProductSide * ProductSide * ProductSide;

    private static double Median(List<double> values) => values.Skip(1).Order().ElementAt((values.Count - 1) / 2);

    private static ImageSet Noise(int count)
    {
        var bytes = new byte[count * 3 * 32 * 32];
        new Random(1).NextBytes(bytes);
        return new ImageSet(PixelStore.Copy(bytes), 3, 32, 32);
    }

    private sealed class OurWay : IWay
    {
        private readonly ImageSet _images;
        private readonly int[] _ids;
        private readonly VaalTrainer _trainer;
        private readonly VaalNetworks _networks;

        public OurWay(int width, int batch, ImageSet images, Precision precision)
        {
            (_images, _ids) = (images, [.. Enumerable.Range(0, images.Count)]);
            var options = new VaalOptions(VaalOptions.Official)
            {
                Width = width,
                BatchSize = batch,
                Iterations = 1_000_000,
                Precision = precision
            };
            _trainer = new VaalTrainer(options, images, _ids[..(2 * batch)], _ids[(2 * batch)..], seed: 1);
            _networks = new VaalNetworks(_trainer.Vae, _trainer.D, VaalOptions.Balanced, [], [], CPU);
        }

        public void Iterate() => _trainer.Iterate(1);
        public void Score() => _networks.Score(_images, _ids, seed: 1);
        public void ScoreInBFloat16() => _networks.ScoreRoughly(_images, _ids);

        public void Dispose()
        {
            _trainer.Dispose();
            _networks.Dispose();
        }
    }

    /// <summary>What the released code does, with stock optimisers: two full VAE passes in D's step, decoder included,
    /// and the full VAE to score.</summary>
    private sealed class ReferenceWay : IWay
    {
        private readonly ReferenceVae _vae;
        private readonly TorchSharp.Modules.Sequential _d;
        private readonly optim.Optimizer _vaeOptimizer, _dOptimizer;
        private const int Latent = 32;
        private readonly ImageSet _images;
        private readonly int _batch;
        private readonly Tensor _x;

        public ReferenceWay(int width, int batch, ImageSet images)
        {
            (_images, _batch) = (images, batch);
            _x = Augment.Normalise(images.Batch([.. Enumerable.Range(0, batch)]));
            _vae = new ReferenceVae(width, Latent);
            _d = nn.Sequential(
                nn.Linear(Latent, 512), nn.ReLU(true), nn.Linear(512, 512), nn.ReLU(true), nn.Linear(512, 1));
            _vaeOptimizer = optim.Adam(_vae.parameters(), 5e-4);
            _dOptimizer = optim.Adam(_d.parameters(), 5e-4);
        }

        public void Iterate()
        {
            var (xL, xU) = (_x, _x);
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

        public void Score()
        {
            using var noGrad = no_grad();
            foreach (var part in Enumerable.Range(0, _images.Count).Chunk(_batch))
            {
                using var scope = NewDisposeScope();
                _ = _d.call(Full(Augment.Normalise(_images.Batch(part))).Mu).sigmoid().cpu();
            }
        }

        private VaeOutput Full(Tensor x) => _vae.call(x, randn(x.shape[0], Latent));

        private static Tensor Loss(Tensor x, VaeOutput y) =>
            VaalObjective.Reconstruction(x, y, ElboScale.Released) + VaalObjective.Divergence(y, ElboScale.Released);

        private static Tensor Bce(Tensor logit, bool labelled) =>
            binary_cross_entropy(logit.sigmoid(), labelled ? ones_like(logit) : zeros_like(logit));

        public void Dispose()
        {
            _x.Dispose();
            _vae.Dispose();
            _d.Dispose();
            _vaeOptimizer.Dispose();
            _dOptimizer.Dispose();
        }
    }
}
