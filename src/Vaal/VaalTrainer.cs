using TorchSharp;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using BFloat16 = Vaal.Models.BFloat16;

namespace Vaal;

/// <summary>
/// Algorithm 1 of the paper (Sinha et al., ICCV 2019): trains the VAE and the discriminator against each other, and
/// with them the task model where there is one. All randomness follows from the seed and the iteration's number.
/// </summary>
public sealed class VaalTrainer : IDisposable
{
    private const int ReadEvery = 10;
    private readonly VaalOptions _o;
    private readonly ImageSet _images;
    private readonly BatchSampler? _labelled;
    private readonly BatchSampler _unlabelled;
    private readonly long _seed;
    private readonly int _length;
    private readonly Device _device;
    private readonly ScalarType _precision;
    private readonly Generator _random;
    private readonly Adam _vaeOptimizer, _dOptimizer;
    private readonly TaskTrainer? _task;
    private readonly float[]? _ranks;

    /// <param name="labelled">ids that train as labelled; where there are none the VAE is trained alone, and D says nothing</param>
    /// <param name="unlabelled">ids that train as unlabelled; at least one</param>
    /// <param name="precision">Float32, or Float64 to check numbers</param>
    /// <param name="task">the task model's own trainer, stepped along (step 7); VAAL itself needs none</param>
    public VaalTrainer(VaalOptions options, ImageSet images, int[] labelled, int[] unlabelled, long seed,
        TaskTrainer? task = null, Device? device = null, ScalarType precision = ScalarType.Float32)
        : this(options, images, labelled, unlabelled, seed, task, device, precision, null)
    {
    }

    /// <param name="ranks">r of every image of the pool by id: r goes to D beside μ, and σ(r) to the decoder beside z (Kim et al., CVPR 2021); null: plain VAAL</param>
    internal VaalTrainer(VaalOptions options, ImageSet images, int[] labelled, int[] unlabelled, long seed,
        TaskTrainer? task, Device? device, ScalarType precision, float[]? ranks)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(images);
        if (options.Problems().FirstOrDefault() is { } problem) throw new InputException(problem);
        ArgumentNullException.ThrowIfNull(labelled);
        if (unlabelled is not { Length: > 0 }) throw new InputException("every image is labelled; VAAL learns from unlabelled ones too, and has none to choose from");
        if (images.Height != images.Width || images.Height is not (32 or 64 or 128 or 256))
            throw new InputException($"images are {images.Width}×{images.Height} pixels; the VAE takes squares of 32, 64, 128 or 256");
        (_o, _images, _seed, _task, _device, _precision, _ranks) = (options, images, seed, task, device ?? CPU, precision, ranks);
        if (labelled.Length > 0) _labelled = new BatchSampler(labelled, options.BatchSize, dropLast: true, seed, "labelled");
        _unlabelled = new BatchSampler(unlabelled, options.BatchSize, dropLast: false, seed, "unlabelled");
        _length = options.IterationsFor(labelled.Length + unlabelled.Length);
        _random = new Generator((ulong)Seeds.Derive(seed, "vaal", 0));
        var extra = ranks is null ? 0 : 1;
        Vae = new Vae(images.Channels, images.Height, options.Width, options.LatentDim, extra).Initialised(_random).to(_device, precision);
        D = new Discriminator(options.LatentDim + extra).Initialised(_random).to(_device, precision);
        if (precision == ScalarType.Float32 && BFloat16.TrainsIn(options.Precision, _device)) Vae.Convolutions = ScalarType.BFloat16;
        _vaeOptimizer = new Adam(Vae.named_parameters());
        _dOptimizer = new Adam(D.named_parameters());
    }

    public Vae Vae { get; }
    public Discriminator D { get; }

    /// <summary>What is left out of Algorithm 1.</summary>
    internal Ablation Ablation { get; init; }

    /// <summary>Iterations in all.</summary>
    public int Iterations => Ablation == Ablation.FrozenVae ? 2 * _length : _length;

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    /// <summary>Trains to the end, from where it stands.</summary>
    /// <param name="checkpoint">called every few iterations, after a check for NaN; saves <see cref="State"/> when it sees fit</param>
    /// <exception cref="DivergedException">a loss is NaN or infinite</exception>
    public void Train(Action<TrainEvent>? report = null, Action? checkpoint = null, CancellationToken cancel = default)
    {
        while (Iteration < Iterations)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (vae, d) = Iterate();
            Iteration++;
            if (Iteration % ReadEvery != 0 && Iteration != Iterations) continue;
            var losses = Losses.Read(vae, d).Finite(Iteration, _o);              // waits for the device; NaN stays NaN until here
            report?.Invoke(new TrainEvent(Phase, Iteration, Iterations, losses.Named()));
            checkpoint?.Invoke();
        }
    }

    private string Phase => this switch
    {
        { Ablation: Ablation.NoVae } => "training discriminator",
        { Ablation: Ablation.FrozenVae, Iteration: var i } when i > _length => "training discriminator",
        { Ablation: not Ablation.None } or { _labelled: null } => "training VAE",
        _ => "training VAE and discriminator",
    };

    private bool VaeLearns => Ablation != Ablation.NoVae && Iteration < _length;
    private bool DLearns => Ablation switch { Ablation.NoDiscriminator => false, Ablation.FrozenVae => Iteration >= _length, _ => true };

    /// <summary>So many iterations and no more, without a look at the losses; for benchmarks.</summary>
    internal void Iterate(int count)
    {
        for (; count > 0; count--, Iteration++)
        {
            using var scope = NewDisposeScope();
            Iterate();
        }
    }

    /// <summary>One iteration of Algorithm 1; gives the VAE's losses (6) and the discriminator's (1).</summary>
    private (Tensor Vae, Tensor D) Iterate()
    {
        if (_labelled is null) return IterateUnlabelled();
        using var scope = NewDisposeScope();
        Tensor vae = zeros(6), d = zeros(1).squeeze(), xL = null!, xU = null!;
        Tensor? rL = null, rU = null;
        for (var k = 0; k < _o.VaeSteps; k++)
        {
            _random.manual_seed(Seeds.Derive(_seed, "iteration", (long)Iteration * _o.VaeSteps + k));
            xL = Next(_labelled, k);                                             // 1. x_L (B, C, S, S)
            xU = Next(_unlabelled, k);                                           // 1. x_U (B', C, S, S)
            (rL, rU) = (Ranks(_labelled, k), Ranks(_unlabelled, k));             // (B, 1), (B', 1)
            if (VaeLearns) vae = StepVae(xL, xU, Noise(xL), Noise(xU), rL, rU);  // 2.–4.
        }
        for (var k = 0; DLearns && k < _o.DiscriminatorSteps; k++) d = StepDiscriminator(xL, xU, rL, rU); // 5.–6.
        _task?.Step();                                                           // 7.
        return (vae.MoveToOuterDisposeScope(), d.MoveToOuterDisposeScope());
    }

    /// <summary>An iteration with no labelled image yet: steps 1, 2 and 4 on the unlabelled ones; nothing to tell apart.</summary>
    private (Tensor Vae, Tensor D) IterateUnlabelled()
    {
        using var scope = NewDisposeScope();
        Tensor mse = null!, kl = null!, total = null!;
        for (var k = 0; k < _o.VaeSteps; k++)
        {
            _random.manual_seed(Seeds.Derive(_seed, "iteration", (long)Iteration * _o.VaeSteps + k));
            var x = Next(_unlabelled, k);                                        // (B, C, S, S)
            var y = Vae.Pass(x, Noise(x), Ranks(_unlabelled, k)?.sigmoid());
            (mse, kl) = (Reconstruction(x, y, _o.Scale), Divergence(y, _o.Scale));
            total = _o.Lambda1 * (mse + _o.Beta * kl);                           // Eq. 1
            _vaeOptimizer.ZeroGrad();
            total.backward();
            _vaeOptimizer.Step(_o.VaeLearningRate);
        }
        var none = zeros_like(mse);
        var losses = stack([mse, kl, mse, kl, none, total]).detach();            // as if the labelled part were the same
        return (losses.MoveToOuterDisposeScope(), none.detach().MoveToOuterDisposeScope());
    }

    /// <summary>Steps 2–4: the transductive and the adversarial loss, and one step of the VAE on both.</summary>
    internal Tensor StepVae(Tensor xL, Tensor xU, Tensor noiseL, Tensor noiseU, Tensor? rL = null, Tensor? rU = null)
    {
        using var scope = NewDisposeScope();
        _vaeOptimizer.ZeroGrad();
        var (l, u) = _o.JointForward ? LearnTogether(xL, xU, noiseL, noiseU, rL, rU) : (LearnAlone(xL, noiseL, rL), LearnAlone(xU, noiseU, rU));
        _vaeOptimizer.Step(_o.VaeLearningRate);
        return stack([l.Mse, l.Kl, u.Mse, u.Kl, l.Adv + u.Adv, l.Total + u.Total]).detach().MoveToOuterDisposeScope();
    }

    // One half of the images at a time: a sum's gradient is the sum of gradients, and only one half's activations are in memory.
    private Part LearnAlone(Tensor x, Tensor noise, Tensor? r)
    {
        using var scope = NewDisposeScope();
        var part = LossOf(x, Vae.Pass(x, noise, r?.sigmoid()), r);
        part.Total.backward();
        return part.Detached();
    }

    private (Part L, Part U) LearnTogether(Tensor xL, Tensor xU, Tensor noiseL, Tensor noiseU, Tensor? rL, Tensor? rU)
    {
        using var scope = NewDisposeScope();
        var y = Vae.Pass(cat([xL, xU]), cat([noiseL, noiseU]), rL is null ? null : cat([rL, rU!]).sigmoid());
        var (nL, nU) = (xL.shape[0], xU.shape[0]);
        VaeOutput Half(long from, long count) =>
            new(y.Recon.narrow(0, from, count), y.Mu.narrow(0, from, count), y.LogVar.narrow(0, from, count));
        var (l, u) = (LossOf(xL, Half(0, nL), rL), LossOf(xU, Half(nL, nU), rU));
        (l.Total + u.Total).backward();
        return (l.Detached(), u.Detached());
    }

    private Part LossOf(Tensor x, VaeOutput y, Tensor? r)
    {
        var (mse, kl) = (Reconstruction(x, y, _o.Scale), Divergence(y, _o.Scale));
        var trd = mse + _o.Beta * kl;                                            // 2. Eq. 1
        var adv = Ablation == Ablation.None ? LooksLabelled(D.Of(y.Mu, r), _o.Scale) : zeros_like(mse);   // 3. Eq. 2
        return new(mse, kl, adv, _o.Lambda1 * trd + _o.Lambda2 * adv);           // 4. Eq. 3
    }

    /// <summary>One half's share of Eq. 1, 2 and 3, scalars.</summary>
    private readonly record struct Part(Tensor Mse, Tensor Kl, Tensor Adv, Tensor Total)
    {
        /// <summary>The values without their graph, for the outer scope.</summary>
        public Part Detached()
        {
            static Tensor Value(Tensor t) => t.detach().MoveToOuterDisposeScope();
            return new(Value(Mse), Value(Kl), Value(Adv), Value(Total));
        }
    }

    /// <summary>Steps 5–6: one step of the discriminator on μ (and r where there is one); the decoder has no part in it.</summary>
    internal Tensor StepDiscriminator(Tensor xL, Tensor xU, Tensor? rL = null, Tensor? rU = null)
    {
        using var scope = NewDisposeScope();
        var (muL, muU) = Encode(xL, xU);
        var apart = Apart(D.Of(muL, rL), D.Of(muU, rU), _o.Scale);               // 5. Eq. 4
        _dOptimizer.ZeroGrad();
        if (Ablation == Ablation.NoVae) _vaeOptimizer.ZeroGrad();
        apart.backward();
        _dOptimizer.Step(_o.DiscriminatorLearningRate);                          // 6.
        if (Ablation == Ablation.NoVae) _vaeOptimizer.Step(_o.DiscriminatorLearningRate);
        return apart.detach().MoveToOuterDisposeScope();
    }

    private (Tensor L, Tensor U) Encode(Tensor xL, Tensor xU)
    {
        // without a VAE its encoder is the discriminator's first half, and learns with it; a frozen one does not even move its BN buffers
        using var grad = set_grad_enabled(Ablation == Ablation.NoVae);
        using var mode = Ablation == Ablation.FrozenVae || (Ablation == Ablation.None && _o.DiscriminatorInput == DiscriminatorInput.Eval) ? Vae.Evaluating() : Vae.Training();
        if (!_o.JointForward) return (Vae.Mean(xL), Vae.Mean(xU));
        var both = Vae.Mean(cat([xL, xU]));                                      // (B + B', Z)
        return (both.narrow(0, 0, xL.shape[0]), both.narrow(0, xL.shape[0], xU.shape[0]));
    }

    /// <summary>Eq. 1, first term: −log p(x|z) up to constants.</summary>
    internal static Tensor Reconstruction(Tensor x, VaeOutput y, ElboScale scale) => scale == ElboScale.Released
        ? mse_loss(y.Recon, x)
        : mse_loss(y.Recon, x, nn.Reduction.Sum) / x.shape[0];

    /// <summary>Eq. 1, second term: KL(q(z|x) ‖ N(0, 1)).</summary>
    internal static Tensor Divergence(VaeOutput y, ElboScale scale)
    {
        var kl = DivergencePerUnit(y).sum();
        return scale == ElboScale.Released ? kl : kl / y.Mu.shape[0];
    }

    /// <summary>The same for each image and each latent dimension, (B, Z).</summary>
    internal static Tensor DivergencePerUnit(VaeOutput y) => -0.5f * (1 + y.LogVar - y.Mu.square() - y.LogVar.exp());

    /// <summary>One half of Eq. 2: the VAE wants D to take these for labelled.</summary>
    internal static Tensor LooksLabelled(Tensor d, ElboScale scale) => Bce(d, true, scale);

    /// <summary>Eq. 4: D wants to tell them apart, labelled 1, unlabelled 0.</summary>
    internal static Tensor Apart(Tensor dL, Tensor dU, ElboScale scale) => Bce(dL, true, scale) + Bce(dU, false, scale);

    // The released code takes the sigmoid first, and so saturates.
    private static Tensor Bce(Tensor logit, bool labelled, ElboScale scale) => scale == ElboScale.Released
        ? BceOfProbability(logit.sigmoid(), labelled)
        : binary_cross_entropy_with_logits(logit, labelled ? ones_like(logit) : zeros_like(logit));

    internal static Tensor BceOfProbability(Tensor p, bool labelled) => binary_cross_entropy(p, labelled ? ones_like(p) : zeros_like(p));

    private Tensor Next(BatchSampler sampler, int vaeStep)
    {
        var x = Augment.Normalise(_images.Batch(Ids(sampler, vaeStep)));
        return (_o.Flip ? Augment.Flip(x, _random) : x).to(_precision, _device);
    }

    private Tensor Noise(Tensor x) => randn(x.shape[0], _o.LatentDim, generator: _random).to(_precision, _device);

    private Tensor? Ranks(BatchSampler sampler, int vaeStep) => VaalNetworks.RanksOf(_ranks, Ids(sampler, vaeStep), _device)?.to(_precision);

    private ReadOnlySpan<int> Ids(BatchSampler sampler, int vaeStep) => sampler[(long)Iteration * _o.VaeSteps + vaeStep];

    /// <summary>All that is needed to go on later, by name; the caller keeps <see cref="Iteration"/> beside it.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State() =>
    [
        .. Vae.state_dict().Select(p => ($"vae.{p.Key}", p.Value)), .. D.state_dict().Select(p => ($"disc.{p.Key}", p.Value)),
        .. _vaeOptimizer.State().Select(s => ($"adam.vae.{s.Name}", s.Value)), .. _dOptimizer.State().Select(s => ($"adam.disc.{s.Name}", s.Value)),
    ];

    /// <summary>Goes back to what <see cref="State"/> gave after <paramref name="iteration"/> iterations.</summary>
    /// <exception cref="InputException">it is of other networks; nothing has been changed</exception>
    internal void Restore(IReadOnlyDictionary<string, Tensor> state, int iteration)
    {
        Checkpoint.Copy(state, State(), iteration, Iterations);
        Iteration = iteration;
        _vaeOptimizer.Steps = Ablation == Ablation.NoVae ? (long)iteration * _o.DiscriminatorSteps : (long)Math.Min(iteration, _length) * _o.VaeSteps;
        _dOptimizer.Steps = (long)(Ablation switch { Ablation.NoDiscriminator => 0, Ablation.FrozenVae => Math.Max(0, iteration - _length), _ => iteration }) * _o.DiscriminatorSteps;
    }

    /// <summary>Frees what only training needs; the networks are whoever's asked for them.</summary>
    public void Dispose()
    {
        Vae.Convolutions = null;                                                 // what they are used for is float32's again
        _vaeOptimizer.Dispose();
        _dOptimizer.Dispose();
        _random.Dispose();
    }
}
