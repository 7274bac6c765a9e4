using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>VAAL without one of its parts, as in the ablation study of the paper.</summary>
internal enum Ablation
{
    /// <summary>All of Algorithm 1: <see cref="VaalTrainer"/>.</summary>
    None,

    /// <summary><see cref="NoVaeTrainer"/></summary>
    NoVae,

    /// <summary><see cref="FrozenVaeTrainer"/></summary>
    FrozenVae,

    /// <summary><see cref="NoDiscriminatorTrainer"/></summary>
    NoDiscriminator,
}

/// <summary>The trainer of each ablation.</summary>
internal static class Ablations
{
    /// <summary>The trainer; without any labelled row there is nothing to tell apart, and the VAE is trained
    /// alone.</summary>
    public static VaeTraining Trainer(this Ablation without, VaalOptions options, IExamples examples, int[] labelled,
        int[] unlabelled, long seed, Device? device = null) => (without, labelled) switch
        {
            (_, []) => new ColdStartTrainer(options, examples, unlabelled, seed, device),
            (Ablation.None, _) => new VaalTrainer(options, examples, labelled, unlabelled, seed, device: device),
            (Ablation.NoVae, _) => new NoVaeTrainer(options, examples, labelled, unlabelled, seed, device),
            (Ablation.FrozenVae, _) => new FrozenVaeTrainer(options, examples, labelled, unlabelled, seed, device),
            (Ablation.NoDiscriminator, _) =>
                new NoDiscriminatorTrainer(options, examples, labelled, unlabelled, seed, device),
            _ => throw new ArgumentOutOfRangeException(nameof(without), without, "no such ablation"),
        };
}
