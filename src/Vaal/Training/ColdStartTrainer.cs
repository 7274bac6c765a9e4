using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>Without a labelled image: the VAE learns Eq. 1 on the unlabelled ones, and D stays as it is.</summary>
internal sealed class ColdStartTrainer : VaeTraining
{
    /// <param name="unlabelled">rows that the VAE is trained on; at least one</param>
    /// <param name="device">where the networks are trained; null: the CPU</param>
    /// <exception cref="InputException">an option or the examples cannot be used, or there is no row</exception>
    public ColdStartTrainer(VaalOptions options, IExamples examples, int[] unlabelled, long seed, Device? device = null)
        : base(options, examples, [], unlabelled, seed, device, ScalarType.Float32, conditions: 0)
    {
    }

    private protected override string Phase => "training VAE";

    private protected override (Tensor Vae, Tensor D) Iterate()
    {
        using var scope = NewDisposeScope();
        VaeLoss loss = default;
        for (var k = 0; k < Options.VaeSteps; k++)
        {
            Seed(k);
            var x = Unlabelled(k);
            loss = VaeLoss.Transductive(x.X, Pass(x, Noise(x)), Options);        // Eq. 1
            VaeOptimizer.ZeroGrad();
            loss.Total.backward();
            VaeOptimizer.Step(Options.VaeLearningRate);
        }
        // both halves are this one
        var losses = stack([loss.Mse, loss.Kl, loss.Mse, loss.Kl, loss.Adv, loss.Total]).detach();
        return (losses.MoveToOuterDisposeScope(), zeros_like(loss.Mse).detach().MoveToOuterDisposeScope());
    }

    private protected override (long Vae, long D) StepsAfter(int iterations) =>
        ((long)iterations * Options.VaeSteps, 0);
}
