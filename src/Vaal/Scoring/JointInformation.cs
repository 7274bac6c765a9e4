using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// BatchBALD (Kirsch, van Amersfoort and Gal, NeurIPS 2019). Each step chooses the image that adds most to the mutual
/// information between the batch's classes, taken together, and the weights. A copy of a chosen image adds nothing. The
/// joint distribution is exact up to <see cref="Outcomes"/> outcomes of the batch, then estimated from as many drawn
/// ones (their section 3.3). The weights are one of T networks, so no batch tells more than ln T nats. Near that bound
/// all further images look the same.
/// </summary>
internal static class JointInformation
{
    /// <summary>Outcomes of the batch that are looked at.</summary>
    public const int Outcomes = 1_000;

    // 8 MiB at a time: what stays in the caches is done sooner, and glibc finds room for it again
    private const long Block = 1 << 20;

    /// <param name="p">class probabilities of T passes, (T, N, K), float64; pass t is the same network for every
    /// row</param>
    /// <param name="seed">of the draws, where the outcomes are too many to count</param>
    /// <returns>rows in the order of choosing, of equally good ones the lowest; and what each adds to the information
    /// of those before it, nats, at least 0 and ln T at most in all</returns>
    public static (int[] Order, double[] Added) Choose(
        Tensor p, int budget, long seed, CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var random = new Generator((ulong)seed);
        var (passes, n, classes) = (p.shape[0], p.shape[1], p.shape[2]);
        var conditional = Uncertainty.ExpectedEntropy(p);                   // (N): what an image's own pass leaves open
        // p_t of each outcome, (T, M), and what it counts
        var (joint, weights) = (ones(passes, 1, ScalarType.Float64), ones(1, ScalarType.Float64));
        var (order, drawn, free) = (new List<int>(), (Tensor?)null, zeros(n, ScalarType.Float64));
        var (added, left) = (new List<double>(), Math.Log(passes));                  // what is left until the bound
        var choosing = new PhaseCount(report, "choosing", Math.Min(budget, n));
        while (order.Count < Math.Min(budget, n))
        {
            cancel.ThrowIfCancellationRequested();
            // a small tensor that outlives its step pins the large blocks around it
            using var step = NewDisposeScope();
            var gain = JointEntropies(joint, weights, p) - conditional + free;
            var best = (int)gain.argmax().item<long>();
            var nats = Math.Clamp(gain[best].item<double>() - (drawn is null ? Entropy(joint) : 0), 0, left);
            added.Add(nats);
            left -= nats;
            order.Add(best);
            choosing.Add();
            free[best] = double.NegativeInfinity;
            var next = p.select(1, best);                                            // (T, K)
            if (drawn is null && joint.shape[1] * classes <= Outcomes)
            {
                Keep((joint.unsqueeze(2) * next.unsqueeze(1)).reshape(passes, -1), 1);
                continue;
            }
            if (drawn is null)
            {
                // the pass that each outcome is drawn from, (M)
                drawn = randint(passes, Outcomes, ScalarType.Int64, generator: random).MoveToOuterDisposeScope();
                var before = ones(passes, Outcomes, ScalarType.Float64);
                foreach (var earlier in order.SkipLast(1)) before = before * Drawn(p.select(1, earlier), drawn, random);
                Keep(before, 1);
            }
            var whole = joint * Drawn(next, drawn, random);
            // only ratios count from here on; products of many would vanish
            Keep(whole / whole.mean([0], keepdim: true), 1.0 / Outcomes);
        }
        return ([.. order], [.. added]);

        void Keep(Tensor newer, double weight)
        {
            joint.Dispose();
            weights.Dispose();
            joint = newer.MoveToOuterDisposeScope();
            weights = full(newer.shape[1], weight, ScalarType.Float64).MoveToOuterDisposeScope();
        }
    }

    // p_t of a class drawn for each outcome from the outcome's own pass, (T, M)
    private static Tensor Drawn(Tensor p, Tensor pass, Generator random)
    {
        var classes = p.index_select(0, pass).multinomial(1, generator: random).squeeze(1);             // (M)
        return p.index_select(1, classes);
    }

    // H of the batch's outcome, where all outcomes are counted
    private static double Entropy(Tensor joint)
    {
        using var scope = NewDisposeScope();
        return Uncertainty.Entropy(joint.mean([0])).item<double>();
    }

    /// <summary>H of the batch's outcome and each row's class together, up to a constant, (N).</summary>
    private static Tensor JointEntropies(Tensor joint, Tensor weights, Tensor p)
    {
        var (passes, n, classes) = (p.shape[0], p.shape[1], p.shape[2]);
        var rows = Math.Max(1, Block / (joint.shape[1] * classes));
        var parts = new List<Tensor>();
        for (var start = 0L; start < n; start += rows)
        {
            using var block = NewDisposeScope();
            var part = p.narrow(1, start, Math.Min(rows, n - start));                 // (T, n, K)
            // (M, n, K)
            var both = joint.t().mm(part.reshape(passes, -1)).div_(passes).view(joint.shape[1], -1, classes);
            parts.Add(xlogy(both, both).sum([2]).mul_(weights.unsqueeze(1)).sum([0]).neg().MoveToOuterDisposeScope());
        }
        return cat(parts);
    }
}
