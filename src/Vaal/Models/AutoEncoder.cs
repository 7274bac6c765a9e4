using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>What one full pass of a VAE gives.</summary>
/// <param name="Recon">reconstruction, of the shape and scale of the input</param>
/// <param name="Mu">mean of q(z|x), (B, Z)</param>
/// <param name="LogVar">logarithm of the variance of q(z|x), (B, Z)</param>
internal readonly record struct VaeOutput(Tensor Recon, Tensor Mu, Tensor LogVar);

/// <summary>
/// A variational auto-encoder q(z|x), p(x|z). <see cref="Vae"/> is that of images, <see cref="FeatureVae"/> that of
/// feature vectors; <see cref="Training.VaalTrainer"/> trains either.
/// </summary>
internal abstract class AutoEncoder : Module<Tensor, Tensor, VaeOutput>
{
    /// <param name="latentDim">Z, at least 1</param>
    private protected AutoEncoder(string name, int latentDim) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latentDim, 1);
        LatentDim = latentDim;
    }

    /// <summary>Z, the dimensions of the latent.</summary>
    public int LatentDim { get; }

    /// <summary>The number type of the convolutions; null: that of the weights. Weights, sums of normalisation and
    /// linear layers stay as they are. A network without convolutions ignores it.</summary>
    internal ScalarType? Convolutions { get; set; }

    /// <summary>The full pass: z = μ + exp(½ log σ²) · ε.</summary>
    /// <param name="x">(B, …), as the encoder takes it</param>
    /// <param name="noise">ε, standard normal, (B, Z)</param>
    public sealed override VaeOutput forward(Tensor x, Tensor noise) => Pass(x, noise, null);

    /// <summary>The same, where the decoder is given more than z.</summary>
    /// <param name="condition">(B, conditions); null: there are none</param>
    internal abstract VaeOutput Pass(Tensor x, Tensor noise, Tensor? condition);

    /// <summary>μ(x) only: all that the discriminator and the ranking use. (B, Z)</summary>
    public abstract Tensor Mean(Tensor x);
}
