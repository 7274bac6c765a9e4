using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>The losses of one iteration of Algorithm 1: reconstruction and KL of the labelled and the unlabelled part
/// in the ELBO's own scale, the adversarial loss (Eq. 2), their weighted sum (Eq. 3), the discriminator's loss (Eq.
/// 4).</summary>
internal readonly record struct Losses(
    double MseL, double KlL, double MseU, double KlU, double Adversarial, double Total, double D)
{
    /// <param name="vae">what a VAE step gives, (6)</param>
    /// <param name="d">what a discriminator step gives, ()</param>
    public static Losses Read(Tensor vae, Tensor d)
    {
        using var scope = NewDisposeScope();
        double[] v = vae.to(ScalarType.Float64).cpu().data<double>().ToArray();
        return new Losses(v[0], v[1], v[2], v[3], v[4], v[5], d.to(ScalarType.Float64).item<double>());
    }

    public Dictionary<string, double> Named() => new()
    {
        ["recon"] = (MseL + MseU) / 2,
        ["kl"] = (KlL + KlU) / 2,
        ["adv"] = Adversarial,
        ["d"] = D,
    };

    /// <summary>The same, unless one of them is NaN or infinite.</summary>
    public Losses Finite(int iteration, VaalOptions options)
    {
        if (double.IsFinite(Total) && double.IsFinite(D)) return this;
        throw new DivergedException(string.Create(CultureInfo.InvariantCulture,
            $"training diverged at iteration {iteration}: VAE loss {Total}, discriminator loss {D}; "
            + $"options: {JsonSerializer.Serialize(options, Json.Options)}"));
    }
}
