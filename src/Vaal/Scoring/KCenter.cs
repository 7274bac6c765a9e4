using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Chooses points that lie far from each other, each time looking at the distance to the nearest point chosen so far:
/// the farthest (k-center greedy, at most twice the best radius: Gonzalez 1985; the core-set of Sener and Savarese 2018), or
/// one drawn by the square of that distance (k-means++, Arthur and Vassilvitskii 2007), which outliers sway less.
/// O(N · k · F) time; memory for a block of distances, never for all pairs.
/// </summary>
internal static class KCenter
{
    /// <summary>Distances held at a time while looking for the nearest covered point.</summary>
    private const long Block = 1 << 22;

    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="covered">points that are there already, (M, F); null or none: the first choice is row 0</param>
    /// <returns>rows in the order of choosing, of equally far ones the lowest; and how far each was from the nearest point
    /// (infinite for a first one)</returns>
    public static (int[] Order, double[] Distances) Greedy(Tensor features, int budget, Tensor? covered = null)
    {
        var (order, distances) = Choose(features, budget, covered, nearest => (int)nearest.argmax().item<long>());
        return (order, distances);
    }

    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="seed">of the draws</param>
    /// <returns>distinct rows in the order of drawing</returns>
    public static int[] PlusPlus(Tensor features, int budget, long seed)
    {
        var random = new Random((int)seed);
        return Choose(features, budget, null, Draw).Order;

        int Draw(Tensor nearest)
        {
            var weights = nearest.to(ScalarType.Float64).clamp(min: 0);              // the chosen have none
            if (double.IsInfinity(weights[0].item<double>())) return random.Next((int)nearest.shape[0]);
            var sums = weights.cumsum(0);
            var total = sums[-1].item<double>();
            if (total <= 0) return (int)nearest.argmax().item<long>();               // what is left are copies of the chosen
            var at = (int)sums.gt(random.NextDouble() * total).to(ScalarType.Byte).argmax().item<long>();
            return at;
        }
    }

    private static (int[] Order, double[] Distances) Choose(Tensor features, int budget, Tensor? covered, Func<Tensor, int> next)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var n = features.shape[0];
        var norms = features.square().sum(1);                                        // (N)
        var nearest = covered is { } c && c.shape[0] > 0 ? Nearest(features, norms, c) : full(n, double.PositiveInfinity, features.dtype);
        var (order, distances) = (new int[Math.Min(budget, n)], new double[Math.Min(budget, n)]);
        for (var k = 0; k < order.Length; k++)
        {
            using var step = NewDisposeScope();
            var i = order[k] = next(nearest);
            distances[k] = Math.Sqrt(nearest[i].to(ScalarType.Float64).item<double>());
            nearest.copy_(minimum(nearest, Squared(features, norms, features[i].unsqueeze(0)).squeeze(1)));
            nearest[i].fill_(-1);                                                    // never again
        }
        return (order, distances);
    }

    /// <summary>Squared distance of each row to the nearest of <paramref name="covered"/>, (N).</summary>
    private static Tensor Nearest(Tensor features, Tensor norms, Tensor covered)
    {
        using var scope = NewDisposeScope();
        var nearest = empty_like(norms);
        var rows = Math.Max(1, Block / covered.shape[0]);
        for (var start = 0L; start < norms.shape[0]; start += rows)
        {
            using var step = NewDisposeScope();
            var count = Math.Min(rows, norms.shape[0] - start);
            nearest.narrow(0, start, count).copy_(Squared(features.narrow(0, start, count), norms.narrow(0, start, count), covered).amin(1));
        }
        return nearest.MoveToOuterDisposeScope();
    }

    /// <summary>‖a − b‖² = ‖a‖² + ‖b‖² − 2a·b, (A, B); rounding may not take it below 0.</summary>
    private static Tensor Squared(Tensor a, Tensor norms, Tensor b) =>
        (norms.unsqueeze(1) + b.square().sum(1).unsqueeze(0)).addmm_(a, b.t(), beta: 1, alpha: -2).clamp_(min: 0);
}
