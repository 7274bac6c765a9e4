using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;
using BFloat16 = Vaal.Models.BFloat16;

namespace Vaal.Training;

/// <summary>
/// What the trainings of a VAE have in common: the two networks with their optimisers, batches, noise, the loop over
/// iterations and the state to go on from. What one iteration does is in <see cref="VaalTrainer"/> and in the trainers
/// that leave a part of it out. All randomness follows from the seed and the number of the iteration.
/// </summary>
internal abstract class VaeTraining : IDisposable
{
    private const int ReadEvery = 10;
    private readonly IExamples _examples;
    private readonly BatchSampler _labelled, _unlabelled;
    private readonly long _seed;
    private readonly Device _device;
    private readonly ScalarType _precision;
    private readonly Generator _random;

    /// <param name="labelled">rows that train as labelled; none where the VAE is trained alone</param>
    /// <param name="unlabelled">rows that train as unlabelled; at least one</param>
    /// <param name="conditions">numbers that the decoder is given beside z, and D beside μ</param>
    private protected VaeTraining(VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed,
        Device? device, ScalarType precision, int conditions)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(examples);
        if (options.Problems().FirstOrDefault() is { } problem) throw new InputException(problem);
        ArgumentNullException.ThrowIfNull(labelled);
        if (unlabelled is not { Length: > 0 })
            throw new InputException(
                "every image is labelled; VAAL needs unlabelled images to learn from and to choose from");
        (Options, _examples, _seed, _device, _precision) = (options, examples, seed, device ?? CPU, precision);
        _labelled = new BatchSampler(labelled, options.BatchSize, dropLast: true, seed, "labelled");
        _unlabelled = new BatchSampler(unlabelled, options.BatchSize, dropLast: false, seed, "unlabelled");
        Length = options.IterationsFor(labelled.Length + unlabelled.Length);
        _random = new Generator((ulong)Seeds.Derive(seed, "vaal", 0));
        AutoEncoder = examples.CreateVae(options, conditions, _random).to(_device, precision);
        D = new Discriminator(options.LatentDim + conditions).Initialised(_random).to(_device, precision);
        if (precision == ScalarType.Float32 && BFloat16.TrainsIn(options.Precision, _device))
            AutoEncoder.Convolutions = ScalarType.BFloat16;
        KeepFreedMemory();
        VaeOptimizer = new Adam(AutoEncoder.named_parameters());
        DOptimizer = new Adam(D.named_parameters());
    }

    /// <summary>The VAE of images.</summary>
    /// <exception cref="InvalidCastException">the examples are features, which have a
    /// <see cref="FeatureVae"/></exception>
    public Vae Vae => (Vae)AutoEncoder;

    /// <summary>The VAE, whatever the examples are.</summary>
    public AutoEncoder AutoEncoder { get; }

    /// <summary>The discriminator.</summary>
    public Discriminator D { get; }

    /// <summary>Iterations in all.</summary>
    public virtual int Iterations => Length;

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    private protected VaalOptions Options { get; }
    private protected Adam VaeOptimizer { get; }
    private protected Adam DOptimizer { get; }

    /// <summary>Iterations that the options ask for.</summary>
    private protected int Length { get; }

    /// <summary>What an event of the training is called.</summary>
    private protected abstract string Phase { get; }

    /// <summary>One iteration.</summary>
    /// <returns>the losses of the VAE, (6), as <see cref="Losses"/> has them, and of the discriminator, ()</returns>
    private protected abstract (Tensor Vae, Tensor D) Iterate();

    /// <summary>How often each optimiser has stepped after so many iterations.</summary>
    private protected abstract (long Vae, long D) StepsAfter(int iterations);

    /// <summary>Trains to the end, from where it stands.</summary>
    /// <param name="checkpoint">called every few iterations, after a check for NaN; saves <see cref="State"/> if it is
    /// due</param>
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
            var losses = Losses.Read(vae, d).Finite(Iteration, Options);         // waits for the device
            report?.Invoke(new TrainEvent(Phase, Iteration, Iterations, losses.Named()));
            checkpoint?.Invoke();
        }
    }

    /// <summary>So many iterations and no more, without a look at the losses; for benchmarks.</summary>
    internal void Iterate(int count)
    {
        for (; count > 0; count--, Iteration++)
        {
            using var scope = NewDisposeScope();
            Iterate();
        }
    }

    /// <summary>The labelled rows of VAE step <paramref name="k"/> of this iteration, (B, …).</summary>
    private protected Batch Labelled(int k) => Next(_labelled, k);

    /// <summary>The unlabelled rows of VAE step <paramref name="k"/> of this iteration, (B', …).</summary>
    private protected Batch Unlabelled(int k) => Next(_unlabelled, k);

    /// <summary>ε for each row of a batch, (B, Z).</summary>
    private protected Tensor Noise(Batch x) =>
        randn(x.Size, Options.LatentDim, generator: _random).to(_precision, _device);

    /// <summary>Draws from here on are those of VAE step <paramref name="k"/> of this iteration.</summary>
    private protected void Seed(int k) => _random.manual_seed(Seeds.Derive(_seed, "iteration", Step(k)));

    /// <summary>The VAE's full pass.</summary>
    private protected virtual VaeOutput Pass(Batch x, Tensor noise) => AutoEncoder.call(x.X, noise);

    /// <summary>One step of the VAE on Eq. 1 alone, which knows no discriminator.</summary>
    /// <returns>the losses, (6), as <see cref="Losses"/> has them</returns>
    private protected Tensor StepTransductive(Batch xL, Batch xU)
    {
        using var scope = NewDisposeScope();
        VaeOptimizer.ZeroGrad();
        var losses = Backward(xL, xU, Noise(xL), Noise(xU), (x, y) => VaeLoss.Transductive(x.X, y, Options));
        VaeOptimizer.Step(Options.VaeLearningRate);
        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>Gives the VAE the gradient of the losses of both halves together.</summary>
    /// <returns>the losses, (6), as <see cref="Losses"/> has them</returns>
    private protected Tensor Backward(
        Batch xL, Batch xU, Tensor noiseL, Tensor noiseU, Func<Batch, VaeOutput, VaeLoss> loss)
    {
        using var scope = NewDisposeScope();
        var (l, u) = Jointly(xL, xU)
            ? Together(xL, xU, noiseL, noiseU, loss)
            : (OneHalf(xL, noiseL, loss), OneHalf(xU, noiseU, loss));
        Tensor[] losses = [l.Mse, l.Kl, u.Mse, u.Kl, l.Adv + u.Adv, l.Total + u.Total];
        return stack(losses).detach().MoveToOuterDisposeScope();
    }

    // batch normalisation of feature vectors has no statistics of a single row
    private bool Jointly(Batch xL, Batch xU) =>
        Options.JointForward || (AutoEncoder is FeatureVae && Math.Min(xL.Size, xU.Size) == 1);

    // the gradient of a sum is the sum of gradients: only one half's activations are in memory
    private VaeLoss OneHalf(Batch x, Tensor noise, Func<Batch, VaeOutput, VaeLoss> loss)
    {
        using var scope = NewDisposeScope();
        var half = loss(x, Pass(x, noise));
        half.Total.backward();
        return half.Detached();
    }

    // both halves share the statistics of batch normalisation
    private (VaeLoss L, VaeLoss U) Together(
        Batch xL, Batch xU, Tensor noiseL, Tensor noiseU, Func<Batch, VaeOutput, VaeLoss> loss)
    {
        using var scope = NewDisposeScope();
        var y = Pass(xL.With(xU), cat([noiseL, noiseU]));
        VaeOutput Half(long from, long count) =>
            new(y.Recon.narrow(0, from, count), y.Mu.narrow(0, from, count), y.LogVar.narrow(0, from, count));
        var (l, u) = (loss(xL, Half(0, xL.Size)), loss(xU, Half(xL.Size, xU.Size)));
        (l.Total + u.Total).backward();
        return (l.Detached(), u.Detached());
    }

    /// <summary>μ of both halves, (B, Z) and (B', Z); in the mode that the VAE is in.</summary>
    private protected (Tensor L, Tensor U) Means(Batch xL, Batch xU)
    {
        if (!Jointly(xL, xU)) return (AutoEncoder.Mean(xL.X), AutoEncoder.Mean(xU.X));
        var both = AutoEncoder.Mean(cat([xL.X, xU.X]));                          // (B + B', Z)
        return (both.narrow(0, 0, xL.Size), both.narrow(0, xL.Size, xU.Size));
    }

    private Batch Next(BatchSampler sampler, int k)
    {
        int[] ids = [.. sampler[Step(k)]];
        return new(ids, _examples.Batch(ids, _random).to(_precision, _device));
    }

    private long Step(int k) => (long)Iteration * Options.VaeSteps + k;

    /// <summary>All that is needed to go on later, by name; the caller keeps <see cref="Iteration"/> beside
    /// it.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State() =>
    [
        .. AutoEncoder.state_dict().Select(p => ($"vae.{p.Key}", p.Value)),
        .. D.state_dict().Select(p => ($"disc.{p.Key}", p.Value)),
        .. VaeOptimizer.State().Select(s => ($"adam.vae.{s.Name}", s.Value)),
        .. DOptimizer.State().Select(s => ($"adam.disc.{s.Name}", s.Value)),
    ];

    /// <summary>Goes back to what <see cref="State"/> gave after <paramref name="iteration"/> iterations.</summary>
    /// <exception cref="InputException">it is of other networks; nothing has been changed</exception>
    internal void Restore(IReadOnlyDictionary<string, Tensor> state, int iteration)
    {
        Checkpoint.Copy(state, State(), iteration, Iterations);
        Iteration = iteration;
        (VaeOptimizer.Steps, DOptimizer.Steps) = StepsAfter(iteration);
    }

    /// <summary>Frees what only training needs; the networks belong to the caller.</summary>
    public void Dispose()
    {
        AutoEncoder.Convolutions = null;                                         // all other uses are in float32
        KeepFreedMemory();
        VaeOptimizer.Dispose();
        DOptimizer.Dispose();
        _random.Dispose();
        GC.SuppressFinalize(this);
    }

    private void KeepFreedMemory()
    {
        if (AutoEncoder is Vae vae) Libtorch.KeepFreedMemoryOf(vae.Width, vae.Convolutions == ScalarType.BFloat16);
    }

    /// <summary>The labelled rows, of which there must be some.</summary>
    private protected static int[] NotEmpty(int[] labelled)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        return labelled.Length > 0 ? labelled
            : throw new InputException(
                "expected labelled images, found none; use ColdStartTrainer, which trains the VAE alone");
    }
}
