using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Training;

/// <summary>
/// How predicted losses are compared with the true ones: by their order in pairs alone, since the scale of a loss
/// changes while a model learns. The first half of a batch is paired with the second. Where there is no pair, 0.
/// </summary>
internal static class LossRanking
{
    /// <summary>mean over pairs of max(0, ξ − sign(l_i − l_j) · (l̂_i − l̂_j)), ξ = 1 (Yoo and Kweon, CVPR 2019, Eq.
    /// 2).</summary>
    /// <param name="predicted">(B); of an odd batch the last is left out</param>
    /// <param name="loss">(B), without gradient</param>
    public static Tensor Margin(Tensor predicted, Tensor loss)
    {
        var (p, l) = (Differences(predicted), Differences(loss));
        return (1 - where(l.gt(0), ones_like(l), -ones_like(l)) * p).clamp(min: 0).sum() / Math.Max(1, p.shape[0]);
    }

    /// <summary>mean over pairs of the cross-entropy of σ(r_i − r_j) against whether l_i > l_j (Kim et al., CVPR 2021,
    /// after RankCGAN).</summary>
    /// <param name="predicted">r, (B); of an odd batch the last is left out</param>
    /// <param name="loss">(B), without gradient</param>
    public static Tensor Order(Tensor predicted, Tensor loss)
    {
        var (r, l) = (Differences(predicted), Differences(loss));
        return binary_cross_entropy_with_logits(r, l.gt(0).to(r.dtype), reduction: TorchSharp.torch.nn.Reduction.Sum)
            / Math.Max(1, r.shape[0]);
    }

    private static Tensor Differences(Tensor x)
    {
        var half = x.shape[0] / 2;
        return x.narrow(0, 0, half) - x.narrow(0, half, half);
    }
}
