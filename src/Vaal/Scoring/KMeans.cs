using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>Lloyd's k-means from a k-means++ start; float64, so that rounding does not depend on where tensors lie in
/// memory.</summary>
internal static class KMeans
{
    private const int MostRounds = 100;
    private const long Block = 1 << 22;

    /// <summary>The cluster of each row, 0..<paramref name="k"/> − 1; clusters may be empty.</summary>
    /// <param name="features">(N, F)</param>
    /// <param name="seed">of the start</param>
    public static int[] Cluster(Tensor features, int k, long seed, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var points = features.to(ScalarType.Float64);
        var start = KCenter.PlusPlus(features, k, seed, cancel: cancel, report: report, phase: "placing clusters");
        var centres = points.index_select(0, tensor(Array.ConvertAll(start, i => (long)i)));                 // (k, F)
        long[] assigned = [];
        for (var round = 0; round < MostRounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            long[] nearest = Nearest(points, centres);
            if (nearest.SequenceEqual(assigned)) break;
            assigned = nearest;
            MoveToMeans(centres, points, tensor(assigned));
            report?.Invoke(new TrainEvent("clustering", round + 1, 0));                  // until when is not known
        }
        return Array.ConvertAll(assigned, c => (int)c);
    }

    private static long[] Nearest(Tensor points, Tensor centres)
    {
        var norms = centres.square().sum([1]);
        var nearest = points.split(Math.Max(1, Block / Math.Max(centres.shape[0], centres.shape[1]))).Select(rows =>
        {
            using var step = NewDisposeScope();
            // ‖c‖² − 2x·c
            return norms.addmm(rows, centres.t(), beta: 1, alpha: -2).argmin(1).data<long>().ToArray();
        });
        return [.. nearest.SelectMany(part => part)];
    }

    // a centre that has lost all its points stays where it is
    private static void MoveToMeans(Tensor centres, Tensor points, Tensor assigned)
    {
        var sums = zeros_like(centres).index_add_(0, assigned, points, 1);
        // (k, 1)
        var counts = assigned.bincount(null, minlength: centres.shape[0]).to(ScalarType.Float64).unsqueeze(1);
        centres.copy_(where(counts.gt(0), sums / counts.clamp(min: 1), centres));
    }
}
