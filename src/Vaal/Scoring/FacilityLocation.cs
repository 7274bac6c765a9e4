using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Greedy maximum coverage. Each step chooses the candidate that adds most to Σ_i max_(j chosen) cos(f_i, f_j). The
/// result is at least 1 − 1/e of the best (Nemhauser et al. 1978). It is lazy (Minoux 1978): what a candidate adds only
/// falls, so most are not computed again.
/// </summary>
internal static class FacilityLocation
{
    /// <summary>Numbers in the matrix of similarities, half a gigabyte; a larger pool is represented by a sample of
    /// itself.</summary>
    private const long Largest = 1 << 27;

    /// <param name="candidates">(C, F)</param>
    /// <param name="pool">what is to be represented, (N, F)</param>
    /// <param name="seed">of the sample, where the pool is large</param>
    /// <returns>rows of <paramref name="candidates"/>, in the order of choosing</returns>
    public static int[] Choose(
        Tensor candidates, Tensor pool, int budget, long seed, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        if (candidates.shape[0] == 0) return [];
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        // (C, N)
        var similar = Similarities(candidates, Sample(pool, Largest / candidates.shape[0], seed), cancel, report);
        var best = zeros(similar.shape[1]);
        var queue = new PriorityQueue<int, (double Loss, int Row)>();
        var gains = similar.clamp(min: 0).sum([1], type: ScalarType.Float64).data<double>().ToArray();
        foreach (var (row, gain) in gains.Index()) queue.Enqueue(row, (-gain, row));
        var order = new List<int>();
        var choosing = new PhaseCount(report, "choosing", Math.Min(budget, candidates.shape[0]));
        while (order.Count < budget && queue.TryDequeue(out var row, out var bound))
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var gain = (similar[row] - best).clamp_(min: 0).sum(ScalarType.Float64).item<double>();
            if (queue.TryPeek(out _, out var next) && (-gain, row).CompareTo(next) > 0)
            {
                queue.Enqueue(row, (-gain, row));
                continue;
            }
            order.Add(row);
            best.copy_(maximum(best, similar[row]));
            choosing.Add();
        }
        return [.. order];
    }

    private static Tensor Sample(Tensor pool, long most, long seed)
    {
        if (pool.shape[0] <= most) return pool;
        long[] rows = [.. Enumerable.Range(0, (int)pool.shape[0]).Select(i => (long)i)];
        new Random((int)seed).Shuffle(rows);
        return pool.index_select(0, tensor(rows[..(int)most]));
    }

    // float64 while multiplying, so that rounding does not depend on where the operands lie in memory
    private static Tensor Similarities(
        Tensor candidates, Tensor pool, CancellationToken cancel, Action<TrainEvent>? report)
    {
        var columns = Unit(pool).t();                                                                  // (F, N)
        var compared = new PhaseCount(report, "comparing images", candidates.shape[0]);
        return cat([.. Unit(candidates).split(256).Select(rows =>
        {
            cancel.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            var similar = rows.mm(columns).to(ScalarType.Float32).MoveToOuterDisposeScope();
            compared.Add(similar.shape[0]);
            return similar;
        })]);
    }

    private static Tensor Unit(Tensor x) => nn.functional.normalize(x.to(ScalarType.Float64), dim: 1);
}
