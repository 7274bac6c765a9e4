using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>Ablation: the VAE learns Eq. 1 on labelled and unlabelled images; there is no discriminator.</summary>
internal sealed class NoDiscriminatorTrainer(
    VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed, Device? device)
    : VaeTraining(options, examples, NotEmpty(labelled), unlabelled, seed, device, ScalarType.Float32, conditions: 0)
{
    private protected override string Phase => "training VAE";

    private protected override (Tensor Vae, Tensor D) Iterate()
    {
        using var scope = NewDisposeScope();
        Tensor vae = null!;
        for (var k = 0; k < Options.VaeSteps; k++)
        {
            Seed(k);
            var (xL, xU) = (Labelled(k), Unlabelled(k));
            vae = StepTransductive(xL, xU);
        }
        return (vae.MoveToOuterDisposeScope(), zeros(1).squeeze().MoveToOuterDisposeScope());
    }

    private protected override (long Vae, long D) StepsAfter(int iterations) =>
        ((long)iterations * Options.VaeSteps, 0);
}
