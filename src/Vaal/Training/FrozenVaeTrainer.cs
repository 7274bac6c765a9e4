using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Ablation: the VAE learns Eq. 1 and knows nothing of the discriminator; then it is fixed, and the discriminator
/// learns Eq. 4 for as many iterations again.
/// </summary>
internal sealed class FrozenVaeTrainer(
    VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed, Device? device)
    : VaeTraining(options, examples, NotEmpty(labelled), unlabelled, seed, device, ScalarType.Float32, conditions: 0)
{
    /// <summary>Twice as many as the options ask for.</summary>
    public override int Iterations => 2 * Length;

    private protected override string Phase => Iteration > Length ? "training discriminator" : "training VAE";

    private protected override (Tensor Vae, Tensor D) Iterate()
    {
        using var scope = NewDisposeScope();
        var (vae, d) = Iteration < Length ? (IterateVae(), zeros(1).squeeze()) : (zeros(6), IterateDiscriminator());
        return (vae.MoveToOuterDisposeScope(), d.MoveToOuterDisposeScope());
    }

    private Tensor IterateVae()
    {
        Tensor vae = null!;
        for (var k = 0; k < Options.VaeSteps; k++)
        {
            Seed(k);
            var (xL, xU) = (Labelled(k), Unlabelled(k));
            vae = StepTransductive(xL, xU);
        }
        return vae;
    }

    private Tensor IterateDiscriminator()
    {
        // of an iteration's batches the last, as in Algorithm 1; they are those that come after the VAE's
        var last = Options.VaeSteps - 1;
        Seed(last);
        var (xL, xU) = (Labelled(last), Unlabelled(last));
        var (muL, muU) = Encode(xL, xU);
        Tensor apart = null!;
        for (var k = 0; k < Options.DiscriminatorSteps; k++)
        {
            // Eq. 4
            apart = VaalObjective.Discrimination(D.call(muL), D.call(muU), Options.Scale);
            DOptimizer.ZeroGrad();
            apart.backward();
            DOptimizer.Step(Options.DiscriminatorLearningRate);
        }
        return apart.detach();
    }

    // not even the statistics of batch normalisation move
    private (Tensor L, Tensor U) Encode(Batch xL, Batch xU)
    {
        using var noGrad = no_grad();
        using var mode = AutoEncoder.Evaluating();
        return Means(xL, xU);
    }

    private protected override (long Vae, long D) StepsAfter(int iterations) =>
        ((long)Math.Min(iterations, Length) * Options.VaeSteps,
            (long)Math.Max(0, iterations - Length) * Options.DiscriminatorSteps);
}
