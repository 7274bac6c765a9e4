using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Ablation: a discriminator on images. The layers of the encoder and of the discriminator are one network that learns
/// Eq. 4 alone.
/// </summary>
internal sealed class NoVaeTrainer(
    VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed, Device? device)
    : VaeTraining(options, examples, NotEmpty(labelled), unlabelled, seed, device, ScalarType.Float32, conditions: 0)
{
    private protected override string Phase => "training discriminator";

    private protected override (Tensor Vae, Tensor D) Iterate()
    {
        using var scope = NewDisposeScope();
        // the batches that D sees in Algorithm 1
        var last = Options.VaeSteps - 1;
        Seed(last);
        var (xL, xU) = (Labelled(last), Unlabelled(last));
        Tensor apart = null!;
        for (var k = 0; k < Options.DiscriminatorSteps; k++) apart = Step(xL, xU);
        return (zeros(6).MoveToOuterDisposeScope(), apart.MoveToOuterDisposeScope());
    }

    private Tensor Step(Batch xL, Batch xU)
    {
        using var scope = NewDisposeScope();
        var (muL, muU) = Means(xL, xU);
        // Eq. 4
        var apart = VaalObjective.Discrimination(D.call(muL), D.call(muU), Options.Scale);
        DOptimizer.ZeroGrad();
        VaeOptimizer.ZeroGrad();
        apart.backward();
        DOptimizer.Step(Options.DiscriminatorLearningRate);
        VaeOptimizer.Step(Options.DiscriminatorLearningRate);
        return apart.detach().MoveToOuterDisposeScope();
    }

    private protected override (long Vae, long D) StepsAfter(int iterations)
    {
        var steps = (long)iterations * Options.DiscriminatorSteps;
        return (steps, steps);
    }
}
