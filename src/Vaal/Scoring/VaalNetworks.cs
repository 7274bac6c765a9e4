using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>A trained VAE and discriminator, with what was kept out of their training.</summary>
public sealed class VaalNetworks : IDisposable
{
    /// <summary>Images in float32 that each thread scores at once: two of them take the memory of one batch of 256. In
    /// bfloat16 twice as many take no more.</summary>
    private const int AThread = 128;

    private bool _disposed;

    internal VaalNetworks(Vae vae, Discriminator d, VaalOptions options, IReadOnlyList<int> heldOutLabelled,
        IReadOnlyList<int> heldOutUnlabelled, Device device)
    {
        (Vae, D, Options, Device) = (vae, d, options, device);
        (HeldOutLabelled, HeldOutUnlabelled) = (heldOutLabelled, heldOutUnlabelled);
    }

    internal Vae Vae { get; }

    internal Discriminator D { get; }

    internal VaalOptions Options { get; }

    /// <summary>Ids that the trainer never saw as labelled.</summary>
    internal IReadOnlyList<int> HeldOutLabelled { get; }

    /// <summary>Ids that it never saw at all.</summary>
    internal IReadOnlyList<int> HeldOutUnlabelled { get; }

    internal Device Device { get; }

    /// <summary>The r of every image of the pool by id, which D sees beside μ; null: D sees μ alone.</summary>
    internal float[]? Ranks { get; init; }

    /// <summary>−logit of D(μ(x)) for each image: the higher, the less it looks labelled. Encoder → μ → D
    /// only.</summary>
    /// <param name="seed">of the flips and the visiting order, where the preset ranks in train mode, as
    /// <c>official</c> does</param>
    /// <exception cref="ArgumentException">the images have other channels than those of the training, or there is no
    /// image of such an id</exception>
    /// <exception cref="ObjectDisposedException">the networks or the images are disposed</exception>
    public float[] Score(
        ImageSet images, IReadOnlyList<int> ids, long seed, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        images = Seen(images);
        int[] order = [.. ids];
        if (Options.Ranking == RankingMode.Train) return ScoreAsReleased(images, order, seed, report, cancel);
        return ScoreExactly(images, order, report, cancel);
    }

    /// <summary>The ids with the highest scores, best first, and these scores. Where
    /// <see cref="VaalOptions.Precision"/> allows it, a pass in bfloat16 says which images can be among them, and only
    /// their scores are looked at.</summary>
    /// <param name="seed">as in
    /// <see cref="Score(ImageSet, IReadOnlyList{int}, long, Action{TrainEvent}?, CancellationToken)"/></param>
    internal Selection Highest(
        ImageSet images, int[] ids, int budget, long seed, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        if (Options.Ranking == RankingMode.Train || !BFloat16.RanksIn(Options.Precision, Device))
            return TopB.Highest(ids, Score(images, ids, seed, report, cancel), budget);
        images = Seen(images);
        var rough = ScoreRoughly(images, ids, report, cancel);
        return Shortlist.Highest(
            ids, rough, some => ScoreExactly(images, some, report, cancel, "scoring the best again"), budget, seed);
    }

    /// <summary>The scores in eval mode.</summary>
    internal float[] ScoreExactly(
        ImageSet images, int[] ids, Action<TrainEvent>? report = null, CancellationToken cancel = default,
        string phase = "scoring the pool")
    {
        using var encoder = new FoldedEncoder(Vae);
        return PoolPass.Score(
            images, ids, (x, some) =>
                Judge(encoder.Mean, x, some), Device, report, cancel, phase: phase, imagesAThread: AThread);
    }

    /// <summary>About the same, in bfloat16.</summary>
    internal float[] ScoreRoughly(
        ImageSet images, int[] ids, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        using var scorer = new BFloat16Scorer(Vae, D);
        return PoolPass.Score(
            images, ids, (x, some) =>
                -scorer.Logits(x, RanksOf(Ranks, some.Span, Device)).squeeze(1), Device, report, cancel,
                imagesAThread: 2 * AThread);
    }

    /// <summary>μ(x) of each image in eval mode, (N, Z), float32, on the CPU.</summary>
    /// <exception cref="ArgumentException">the images have other channels than those of the training, or there is no
    /// image of such an id</exception>
    /// <exception cref="ObjectDisposedException">the networks or the images are disposed</exception>
    public Tensor Latent(
        ImageSet images, IReadOnlyList<int> ids, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        images = Seen(images);
        using var encoder = new FoldedEncoder(Vae);
        int[] order = [.. ids];
        return tensor(
            PoolPass.Score(
                images, order, encoder.Mean, Device, report, cancel, Vae.LatentDim,
                imagesAThread: AThread), [order.Length, Vae.LatentDim]);
    }

    /// <summary>Mean and variance of q(z|x) of each image in eval mode, two tensors (N, Z), float64, on the
    /// CPU.</summary>
    internal (Tensor Mu, Tensor Variance) Posterior(
        ImageSet images, int[] ids, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        images = Seen(images);
        using var scope = NewDisposeScope();
        using var eval = Vae.Evaluating();
        var both = tensor(
            PoolPass.Score(
                images, ids, x =>
                    Vae.Posterior(x), Device, report, cancel, 2 * Vae.LatentDim, imagesAThread: AThread),
                    [ids.Length, 2 * Vae.LatentDim]).to(ScalarType.Float64);
        return (both.narrow(1, 0, Vae.LatentDim).MoveToOuterDisposeScope(), both.narrow(1, Vae.LatentDim, Vae.LatentDim)
            .exp().MoveToOuterDisposeScope());
    }

    /// <summary>The score once more of what is the same picture to a person: moved by one pixel, or, where a score
    /// depends on chance, under other chance.</summary>
    internal float[] ScoreAgain(ImageSet images, IReadOnlyList<int> ids, long seed)
    {
        if (Options.Ranking == RankingMode.Train) return Score(images, ids, seed + 1);
        images = Seen(images);
        using var encoder = new FoldedEncoder(Vae);
        return PoolPass.Score(
            images, [.. ids], (x, some) => Judge(encoder.Mean, MovedLeft(x), some), Device);
    }

    // as the networks see them
    private ImageSet Seen(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ObjectDisposedException.ThrowIf(_disposed, this);
        images.ThrowIfDisposed();
        return images.Channels == Vae.Channels ? images.Squared(Vae.Size) : throw new ArgumentException(
            $"expected images with {Counted.Of(Vae.Channels, "channel")}, as the networks were trained on, found "
                + $"{images.Channels}", nameof(images));
    }

    private static Tensor MovedLeft(Tensor x) =>
        cat([x.narrow(3, 1, x.shape[3] - 1), x.narrow(3, x.shape[3] - 2, 1)], 3);

    // The released code ranks in train mode: batch statistics, random flips, moving BN buffers.
    private float[] ScoreAsReleased(
        ImageSet images, int[] ids, long seed, Action<TrainEvent>? report, CancellationToken cancel)
    {
        using var random = new Generator((ulong)seed);
        int[] positions = [.. Enumerable.Range(0, ids.Length)];
        new Random((int)seed).Shuffle(positions);
        var scores = new float[ids.Length];
        var pass = new PoolPass(images, [.. positions.Select(p => ids[p])], Device)
        {
            Batch = Options.BatchSize,
            Inference = false,
            Report = report,
            Cancel = cancel,
        };
        var found = pass.Rows((x, some) => ScoreInTrainMode(Options.Flip ? Augment.Flip(x, random) : x, some), 1);
        for (var i = 0; i < positions.Length; i++) scores[positions[i]] = found[i];
        return scores;
    }

    /// <summary>The released code's score of one batch, (B); moves the BN buffers.</summary>
    internal Tensor ScoreInTrainMode(Tensor x, ReadOnlyMemory<int> ids = default)
    {
        using var train = Vae.Training();
        return Judge(Vae.Mean, x, ids);
    }

    /// <summary>The same of images whose μ is known.</summary>
    /// <param name="mu">(N, Z), on the CPU</param>
    internal float[] Judge(Tensor mu, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Judge(x => x, mu.to(Device), ids).cpu().data<float>().ToArray();
    }

    // −logit of D, (B)
    private Tensor Judge(Func<Tensor, Tensor> mean, Tensor x, ReadOnlyMemory<int> ids) =>
        -D.Of(mean(x), RanksOf(Ranks, ids.Span, Device)).squeeze(1);

    /// <summary>The ranks of some images, (B, 1); null where there are none.</summary>
    internal static Tensor? RanksOf(float[]? ranks, ReadOnlySpan<int> ids, Device device)
    {
        if (ranks is null) return null;
        var some = new float[ids.Length];
        for (var i = 0; i < some.Length; i++) some[i] = ranks[ids[i]];
        return tensor(some, [some.Length, 1], device: device);
    }

    void IDisposable.Dispose() => Dispose();

    // whoever asked Networks for them leaves this to it
    internal void Dispose()
    {
        _disposed = true;
        Vae.Dispose();
        D.Dispose();
    }
}
