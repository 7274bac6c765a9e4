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
    /// <summary>Numbers held at a time while looking for the nearest point.</summary>
    private const long Block = 1 << 22;

    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="covered">points that are there already, (M, F); null or none: the first choice is row 0</param>
    /// <returns>rows in the order of choosing, of equally far ones the lowest; and how far each was from the nearest point
    /// (infinite for a first one)</returns>
    public static (int[] Order, double[] Distances) Greedy(Tensor features, int budget, Tensor? covered = null) =>
        Choose(features.shape[0], features.dtype, budget, Farthest, nearest => CoverAll(nearest, features, covered), (nearest, i) => Cover(nearest, features, features[i]));

    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="seed">of the draws</param>
    /// <returns>distinct rows in the order of drawing</returns>
    public static int[] PlusPlus(Tensor features, int budget, long seed)
    {
        var random = new Random((int)seed);
        return Choose(features.shape[0], features.dtype, budget, nearest => Draw(nearest, random), _ => { }, (nearest, i) => Cover(nearest, features, features[i])).Order;
    }

    /// <summary>
    /// The same of the outer products a ⊗ h without ever forming them: ⟨a ⊗ h, a' ⊗ h'⟩ = ⟨a, a'⟩⟨h, h'⟩. The first is the longest, as
    /// in BADGE (Ash et al. 2020).
    /// </summary>
    /// <param name="a">(N, K), float64</param>
    /// <param name="h">(N, F), float64</param>
    public static int[] PlusPlus(Tensor a, Tensor h, int budget, long seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random((int)seed);
        var norms = a.square().sum([1]) * h.square().sum([1]);                       // (N)
        return Choose(a.shape[0], a.dtype, budget,
            nearest => double.IsInfinity(nearest[0].item<double>()) ? Farthest(norms) : Draw(nearest, random), _ => { },
            (nearest, i) => nearest.copy_(minimum(nearest, (norms + norms[i] - 2 * a.mv(a[i]) * h.mv(h[i])).clamp_(min: 0)))).Order;
    }

    private static int Farthest(Tensor nearest) => (int)nearest.argmax().item<long>();

    private static int Draw(Tensor nearest, Random random)
    {
        var weights = nearest.to(ScalarType.Float64).clamp(min: 0);                  // the chosen have none
        if (double.IsInfinity(weights[0].item<double>())) return random.Next((int)nearest.shape[0]);
        var sums = weights.cumsum(0);
        var total = sums[-1].item<double>();
        if (total <= 0) return Farthest(nearest);                                    // what is left are copies of the chosen
        return (int)sums.gt(random.NextDouble() * total).to(ScalarType.Byte).argmax().item<long>();
    }

    private static (int[] Order, double[] Distances) Choose(long n, ScalarType type, int budget, Func<Tensor, int> next, Action<Tensor> begin, Action<Tensor, int> cover)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var nearest = full(n, double.PositiveInfinity, type);                        // squared distances, (N)
        begin(nearest);
        var (order, distances) = (new int[Math.Min(budget, n)], new double[Math.Min(budget, n)]);
        for (var k = 0; k < order.Length; k++)
        {
            using var step = NewDisposeScope();
            var i = order[k] = next(nearest);
            distances[k] = Math.Sqrt(nearest[i].to(ScalarType.Float64).item<double>());
            cover(nearest, i);
            nearest[i].fill_(-1);                                                    // never again: nothing is nearer
        }
        return (order, distances);
    }

    // Differences, not ‖a‖² + ‖b‖² − 2a·b: that cancels, and a matrix product's rounding changes with where its operands lie in
    // memory, so that the same call would not choose the same points.
    private static void Cover(Tensor nearest, Tensor features, Tensor point)
    {
        foreach (var (start, count) in Blocks(nearest.shape[0], features.shape[1]))
        {
            using var step = NewDisposeScope();
            var distances = features.narrow(0, start, count).sub(point).square().sum([1]);
            var part = nearest.narrow(0, start, count);
            part.copy_(minimum(part, distances));
        }
    }

    // Many points at once: a matrix product is faster, and in float64 its rounding is lost in the result's.
    private static void CoverAll(Tensor nearest, Tensor features, Tensor? covered)
    {
        if (covered is null || covered.shape[0] == 0) return;
        var points = covered.to(ScalarType.Float64);
        var norms = points.square().sum([1]);
        foreach (var (start, count) in Blocks(nearest.shape[0], covered.shape[0]))
        {
            using var step = NewDisposeScope();
            var rows = features.narrow(0, start, count).to(ScalarType.Float64);
            var squared = rows.square().sum([1], keepdim: true).add(norms).addmm_(rows, points.t(), beta: 1, alpha: -2).clamp_(min: 0);
            nearest.narrow(0, start, count).copy_(squared.amin(1));
        }
    }

    private static IEnumerable<(long Start, long Count)> Blocks(long rows, long columns)
    {
        var size = Math.Max(1, Block / columns);
        for (var start = 0L; start < rows; start += size) yield return (start, Math.Min(size, rows - start));
    }
}
