using Vaal.Data;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Algorithm 1 of the paper (Sinha et al., ICCV 2019): trains the VAE and the discriminator against each other, and
/// with them the task model if there is one. The terms of the objective are in <see cref="VaalObjective"/>.
/// </summary>
internal class VaalTrainer : VaeTraining
{
    private readonly TaskTrainer? _task;

    /// <summary>VAAL on the pixels of images.</summary>
    /// <param name="images">squares of 32, 64, 128 or 256 pixels</param>
    /// <param name="labelled">ids that train as labelled; at least one</param>
    /// <param name="unlabelled">ids that train as unlabelled; at least one</param>
    /// <param name="task">the task model's own trainer, stepped along (lines 12–13). The product trains T apart:
    /// its steps touch no weight of the VAE or of D.</param>
    /// <param name="device">where the networks are trained; null: the CPU</param>
    /// <param name="precision">Float32, or Float64 to check numbers</param>
    /// <exception cref="InputException">an option or the images cannot be used, or one of the two lists is
    /// empty</exception>
    public VaalTrainer(VaalOptions options, ImageSet images, int[] labelled, int[] unlabelled, long seed,
        TaskTrainer? task = null, Device? device = null, ScalarType precision = ScalarType.Float32)
        : this(options, Pixels(options, images), labelled, unlabelled, seed, task, device, precision)
    {
    }

    /// <summary>VAAL on any examples: pixels, or stored features.</summary>
    /// <param name="labelled">rows that train as labelled; at least one</param>
    /// <param name="unlabelled">rows that train as unlabelled; at least one</param>
    /// <param name="task">the task model's own trainer, stepped along (lines 12–13). The product trains T apart:
    /// its steps touch no weight of the VAE or of D.</param>
    /// <param name="device">where the networks are trained; null: the CPU</param>
    /// <param name="precision">Float32, or Float64 to check numbers</param>
    /// <exception cref="InputException">an option or the examples cannot be used, or one of the two lists is
    /// empty</exception>
    public VaalTrainer(VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed,
        TaskTrainer? task = null, Device? device = null, ScalarType precision = ScalarType.Float32)
        : this(options, examples, labelled, unlabelled, seed, task, device, precision, conditions: 0)
    {
    }

    private protected VaalTrainer(VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed,
        TaskTrainer? task, Device? device, ScalarType precision, int conditions)
        : base(options, examples, NotEmpty(labelled), unlabelled, seed, device, precision, conditions) => _task = task;

    private protected override string Phase => "training VAE and discriminator";

    /// <summary>One iteration of Algorithm 1; the numbers are the lines of the paper. The released code takes two VAE
    /// steps, each on fresh batches, and one step of D on the last batches.</summary>
    /// <returns>the losses of the last step of each, for the log</returns>
    private protected override (Tensor Vae, Tensor D) Iterate()
    {
        using var scope = NewDisposeScope();
        Tensor vae = null!, d = null!;
        Batch xL = default, xU = default;
        for (var k = 0; k < Options.VaeSteps; k++)
        {
            Seed(k);                                                             // a resumed training draws the same
            (xL, xU) = (Labelled(k), Unlabelled(k));                             // 2.–3. x_L (B, …), x_U (B', …)
            vae = StepVae(xL, xU, Noise(xL), Noise(xU));                         // 4.–8.
        }
        for (var k = 0; k < Options.DiscriminatorSteps; k++) d = StepDiscriminator(xL, xU);       // 9.–11.
        _task?.Step();                                                           // 12.–13.
        return (vae.MoveToOuterDisposeScope(), d.MoveToOuterDisposeScope());
    }

    /// <summary>Lines 4–8: the transductive and the adversarial loss, and one step of the VAE on both.</summary>
    internal Tensor StepVae(Batch xL, Batch xU, Tensor noiseL, Tensor noiseU)
    {
        using var scope = NewDisposeScope();
        VaeOptimizer.ZeroGrad();
        var losses = Backward(xL, xU, noiseL, noiseU, LossOf);                   // 4.–6., and their gradients
        VaeOptimizer.Step(Options.VaeLearningRate);                              // 7.–8. θ_VAE − α1 ∇L_VAE
        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>The VAE's loss on the labelled, or on the unlabelled images of a step; both are added.</summary>
    private VaeLoss LossOf(Batch x, VaeOutput y)
    {
        var mse = VaalObjective.Reconstruction(x.X, y, Options.Scale);
        var kl = VaalObjective.Divergence(y, Options.Scale);
        var trd = mse + Options.Beta * kl;                                       // 4. L_trd, Eq. 1
        var adv = VaalObjective.Adversarial(Logits(y.Mu, x), Options.Scale);     // 5. L_adv, Eq. 2
        return new(mse, kl, adv, Options.Lambda1 * trd + Options.Lambda2 * adv); // 6. L_VAE, Eq. 3
    }

    /// <summary>Lines 9–11: one step of the discriminator on μ. Neither the decoder nor the VAE's gradient is
    /// needed.</summary>
    internal Tensor StepDiscriminator(Batch xL, Batch xU)
    {
        using var scope = NewDisposeScope();
        var (muL, muU) = Encode(xL, xU);
        var loss = VaalObjective.Discrimination(Logits(muL, xL), Logits(muU, xU), Options.Scale);  // 9. L_D, Eq. 4
        DOptimizer.ZeroGrad();                                                   // line 5 has left gradients in D
        loss.backward();
        DOptimizer.Step(Options.DiscriminatorLearningRate);                      // 10.–11. θ_D − α2 ∇L_D
        return loss.detach().MoveToOuterDisposeScope();
    }

    /// <summary>The logits of D for a batch with this μ, (B, 1); TA-VAAL gives D the rank of x too.</summary>
    private protected virtual Tensor Logits(Tensor mu, Batch x) => D.call(mu);

    // balanced: μ as the ranking will see it, in eval mode; official: with the statistics of the batch
    private (Tensor L, Tensor U) Encode(Batch xL, Batch xU)
    {
        using var noGrad = no_grad();
        using var mode = Options.DiscriminatorInput == DiscriminatorInput.Eval ? AutoEncoder.Evaluating()
            : AutoEncoder.Training();
        return Means(xL, xU);
    }

    private protected override (long Vae, long D) StepsAfter(int iterations) =>
        ((long)iterations * Options.VaeSteps, (long)iterations * Options.DiscriminatorSteps);

    private static PixelExamples Pixels(VaalOptions options, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(images);
        return new(images, options.Flip);
    }
}
