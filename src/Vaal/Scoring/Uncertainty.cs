using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// How unsure a classifier is, from its probabilities: (N, K), or (T, N, K) of T passes or T models. Scores are (N),
/// natural logarithms, and grow with what a strategy wants, except for <see cref="Margin"/>. N may be more dimensions
/// than one: images, rows, columns.
/// </summary>
internal static class Uncertainty
{
    /// <summary>H[p] = −Σ p log p, 0 to log K (Shannon 1948).</summary>
    public static Tensor Entropy(Tensor p) => 0 - xlogy(p, p).sum([-1]);

    /// <summary>Distance of the two most probable classes, 0 to 1; small is unsure (Scheffer et al. 2001). Of one
    /// class: 1.</summary>
    public static Tensor Margin(Tensor p)
    {
        if (p.shape[^1] == 1) return ones_like(p).squeeze(-1);
        var top = p.topk(2, -1).values;
        return top.select(-1, 0) - top.select(-1, 1);
    }

    /// <summary>1 − max p, 0 to 1 − 1/K (Lewis and Gale 1994).</summary>
    public static Tensor LeastConfidence(Tensor p) => 1 - p.amax(-1);

    /// <summary>mean_t H[p_t], of (T, N, K): what no further label would take away.</summary>
    public static Tensor ExpectedEntropy(Tensor p) => Entropy(p).mean([0]);

    /// <summary>BALD: H[mean_t p_t] − mean_t H[p_t], of (T, N, K): how much the passes disagree (Houlsby et al. 2011,
    /// Gal et al. 2017).</summary>
    public static Tensor MutualInformation(Tensor p) => Entropy(p.mean([0])) - ExpectedEntropy(p);

    /// <summary>Share of the T passes that do not vote for the most voted class, 0 to 1 − 1/T, of (T, N, K) (Freeman
    /// 1965, Beluch et al. 2018).</summary>
    public static Tensor VariationRatio(Tensor p) => 1 - Votes(p).amax(-1);

    /// <summary>Entropy of the T passes' votes, 0 to log min(T, K), of (T, N, K) (Dagan and Engelson 1995).</summary>
    public static Tensor VoteEntropy(Tensor p) => Entropy(Votes(p));

    /// <summary>Standard deviation over the T passes, averaged over the classes, of (T, N, K) (Kampffmeyer et al.
    /// 2016).</summary>
    public static Tensor MeanStd(Tensor p) => p.std([0], unbiased: false).mean([-1]);

    // share of the passes that vote for each class, (N, K)
    private static Tensor Votes(Tensor p) =>
        nn.functional.one_hot(p.argmax(-1), p.shape[^1]).sum([0]).to(p.dtype) / p.shape[0];
}
