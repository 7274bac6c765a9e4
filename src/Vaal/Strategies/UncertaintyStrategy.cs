using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what the task model is least sure of, by the class probabilities of one pass.</summary>
internal abstract class UncertaintyStrategy : ScoringStrategy
{
    /// <param name="p">(B, K), of a segmenter (B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is less sure</returns>
    protected abstract Tensor Score(Tensor p);

    private protected override bool NeedsNetwork(bool encoder) => !encoder;

    protected override void Prepare(Query query)
    {
        if (!query.AsksHead) _ = query.Networks.Task;
    }

    private protected override float[] Scores(Query query, int[] ids)
    {
        if (!query.AsksHead) return base.Scores(query, ids);
        using var scope = NewDisposeScope();
        var p = EncodedPool.Of(query).Probabilities;
        var scores = ScoresOf(p.data<double>().ToArray(), (int)p.shape[^1]);
        // of several classes an image each is a question of its own
        return p.dim() == 2 ? scores : [.. scores.Chunk((int)p.shape[1]).Select(of => of.Average())];
    }

    /// <summary>The same of one row of a linear head's probabilities, (K).</summary>
    protected abstract double Score(ReadOnlySpan<double> p);

    /// <summary>
    /// Scores of rows by a linear head's probabilities, row by row: libtorch's logarithms differ in the last bit with
    /// the number of threads, and a cluster must choose what one machine chooses.
    /// </summary>
    /// <param name="p">(N, K)</param>
    internal float[] ScoresOf(ReadOnlySpan<double> p, int classes)
    {
        var scores = new float[p.Length / classes];
        for (var i = 0; i < scores.Length; i++) scores[i] = (float)Score(p.Slice(i * classes, classes));
        return scores;
    }

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var eval = net.Task.Evaluating();
        using var scope = NewDisposeScope();
        var p = net.Probabilities(net.Task.call(x));
        return net.PerImage(Score(p), p).MoveToOuterDisposeScope();
    }
}
