using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Training;

/// <summary>The objective of VAAL (Sinha et al., ICCV 2019, Eq. 1 to 4), term by term. All results are
/// scalars.</summary>
internal static class VaalObjective
{
    /// <summary>Eq. 1, first term: −log p(x|z) up to constants.</summary>
    /// <param name="x">(B, …)</param>
    public static Tensor Reconstruction(Tensor x, VaeOutput y, ElboScale scale) => scale == ElboScale.Released
        ? mse_loss(y.Recon, x)
        : mse_loss(y.Recon, x, nn.Reduction.Sum) / x.shape[0];

    /// <summary>Eq. 1, second term: KL(q(z|x) ‖ N(0, 1)).</summary>
    public static Tensor Divergence(VaeOutput y, ElboScale scale)
    {
        var kl = DivergencePerUnit(y).sum();
        return scale == ElboScale.Released ? kl : kl / y.Mu.shape[0];
    }

    /// <summary>The same for each image and each latent dimension, (B, Z).</summary>
    public static Tensor DivergencePerUnit(VaeOutput y) => -0.5f * (1 + y.LogVar - y.Mu.square() - y.LogVar.exp());

    /// <summary>Eq. 2 for one half of the images: the VAE wants D to take them for labelled. D sees μ, as in the
    /// released code; the paper's formula has z.</summary>
    /// <param name="d">logits of D, (B, 1)</param>
    public static Tensor Adversarial(Tensor d, ElboScale scale) => Bce(d, true, scale);

    /// <summary>Eq. 4: D learns to distinguish them: labelled 1, unlabelled 0.</summary>
    /// <param name="dL">logits of D for labelled images, (B, 1)</param>
    /// <param name="dU">logits of D for unlabelled images, (B', 1)</param>
    public static Tensor Discrimination(Tensor dL, Tensor dU, ElboScale scale) =>
        Bce(dL, true, scale) + Bce(dU, false, scale);

    /// <summary>Binary cross-entropy of probabilities.</summary>
    public static Tensor BceOfProbability(Tensor p, bool labelled) =>
        binary_cross_entropy(p, labelled ? ones_like(p) : zeros_like(p));

    // The released code takes the sigmoid first, and so saturates.
    private static Tensor Bce(Tensor logit, bool labelled, ElboScale scale) => scale == ElboScale.Released
        ? BceOfProbability(logit.sigmoid(), labelled)
        : binary_cross_entropy_with_logits(logit, labelled ? ones_like(logit) : zeros_like(logit));
}

/// <summary>One half's share of Eq. 1, 2 and 3: labelled or unlabelled images. All are scalars.</summary>
/// <param name="Mse">Eq. 1, first term</param>
/// <param name="Kl">Eq. 1, second term</param>
/// <param name="Adv">Eq. 2</param>
/// <param name="Total">Eq. 3: what the VAE descends</param>
internal readonly record struct VaeLoss(Tensor Mse, Tensor Kl, Tensor Adv, Tensor Total)
{
    /// <summary>Eq. 1 alone, weighted: the loss of a VAE that knows no discriminator.</summary>
    public static VaeLoss Transductive(Tensor x, VaeOutput y, VaalOptions o)
    {
        var (mse, kl) = (VaalObjective.Reconstruction(x, y, o.Scale), VaalObjective.Divergence(y, o.Scale));
        return new(mse, kl, zeros_like(mse), o.Lambda1 * (mse + o.Beta * kl));
    }

    /// <summary>The values without their graph, for the outer scope.</summary>
    public VaeLoss Detached()
    {
        static Tensor Value(Tensor t) => t.detach().MoveToOuterDisposeScope();
        return new(Value(Mse), Value(Kl), Value(Adv), Value(Total));
    }
}
