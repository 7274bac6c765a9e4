using System.Globalization;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// VAAL without its discriminator, the paper's third ablation: the images whose q(z|x) lies farthest, in the
/// 2-Wasserstein distance, from the normal distribution of the labelled images' z.
/// </summary>
internal sealed class VaalNoDiscriminatorStrategy : IQueryStrategy
{
    public bool JudgesAlone => true;

    public string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"far from all labelled images' mean in latent space (distance {score:0.00})");

    public Selection Select(Query query)
    {
        var (unlabelled, labelled) = (query.Pool.UnlabelledIds, query.Pool.LabelledIds);
        if (unlabelled.Length == 0) return new([], []);
        var vaal = query.Networks.VaalWithout(Ablation.NoDiscriminator);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var (muL, varianceL) = vaal.Posterior(query.Pool.Images, labelled, query.Report, query.Cancel);
        var (mu, variance) = vaal.Posterior(query.Pool.Images, unlabelled, query.Report, query.Cancel);
        // of no label: the prior's
        var (centre, spread) = labelled.Length == 0 ? (zeros(1), ones(1)) : Moments(muL, varianceL);
        float[] distances = Wasserstein(mu, variance, centre, spread).to(ScalarType.Float32).data<float>().ToArray();
        return TopB.Highest(unlabelled, distances, query.Budget);
    }

    /// <summary>Mean and variance of z where z is drawn from the q(z|x) of an image drawn at random: the mean of the
    /// variances, and the variance of the means.</summary>
    /// <param name="mu">(N, Z)</param>
    /// <param name="variance">(N, Z)</param>
    /// <returns>(Z), (Z)</returns>
    internal static (Tensor Mean, Tensor Variance) Moments(Tensor mu, Tensor variance) =>
        (mu.mean([0]), variance.mean([0]) + mu.var([0], unbiased: false));

    /// <summary>W₂ of normal distributions with diagonal covariance: √(‖μ − μ'‖² + ‖σ − σ'‖²), (N).</summary>
    internal static Tensor Wasserstein(Tensor mu, Tensor variance, Tensor toMu, Tensor toVariance) =>
        ((mu - toMu).square() + (variance.sqrt() - toVariance.sqrt()).square()).sum([1]).sqrt();
}
