using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Bench;

/// <summary>
/// A VAE of 8 channels inside one of 16, for what libtorch cannot compute by itself (its convolutions read memory that
/// nobody wrote where the width is no multiple of 16): the first channels of each layer begin as the narrow network's,
/// the others as zeros. A channel of zeros gives zeros through normalisation and ReLU, and gets no gradient, so that
/// the training is the narrow network's; its time is the wide one's.
/// </summary>
internal static class HalfWidth
{
    /// <summary>The width that is asked for; the network has twice as many channels.</summary>
    public const int Width = 8;

    /// <summary>Leaves a training that is about to begin where <see cref="Strategies.Networks.Checkpoints"/> finds
    /// it.</summary>
    /// <param name="options">with twice the width</param>
    public static void Begin(string folder, VaalOptions options, Pool pool, int seed)
    {
        using var trainer = new VaalTrainer(
            options, pool.Images.Squared(options.SizeFor(pool.Images)), pool.LabelledIds, pool.UnlabelledIds, seed);
        using var wide = trainer.Vae;
        using var d = trainer.D;
        using var random = new Generator((ulong)Seeds.Derive(seed, "half the width", 0));
        using var narrow = new Vae(wide.Channels, wide.Size, wide.Width / 2, wide.LatentDim).Initialised(random);
        using var noGrad = no_grad();
        foreach (var ((_, to), (_, from)) in wide.named_parameters().Zip(narrow.named_parameters()))
        {
            to.zero_();
            using var part = First(to, from.shape);
            part.copy_(from);
        }
        new Checkpoint(Path.Combine(folder, "vaal.safetensors"), "vaal ").Save(trainer.State(), 0);
    }

    /// <summary>That what began as zeros is zero still.</summary>
    public static void Check(Vae wide)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var narrow = new Vae(wide.Channels, wide.Size, wide.Width / 2, wide.LatentDim);
        foreach (var ((name, all), (_, some)) in wide.named_parameters().Zip(narrow.named_parameters()))
        {
            if (all.count_nonzero().item<long>() != First(all, some.shape).count_nonzero().item<long>())
                throw new InvalidOperationException($"{name} is no longer zero outside the narrow network");
        }
    }

    private static Tensor First(Tensor t, long[] shape)
    {
        for (var i = 0; i < shape.Length; i++) t = t.narrow(i, 0, shape[i]);
        return t;
    }
}
