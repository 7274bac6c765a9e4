using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what the task model is least sure of over passes with dropout.</summary>
internal abstract class DropoutStrategy : ScoringStrategy
{
    /// <summary>T, passes over the pool.</summary>
    public const int Passes = 20;

    private long _seed;
    private int _batch;

    /// <param name="p">(T, B, K), of a segmenter (T, B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is less sure</returns>
    protected abstract Tensor Score(Tensor p);

    protected override void Prepare(Query query)
    {
        _ = query.Networks.Task;
        (_seed, _batch) = (query.Seed, 0);
    }

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var random = new Generator((ulong)Seeds.Derive(_seed, "dropout passes", _batch++));
        using var scope = NewDisposeScope();
        var p = DropoutPasses.Probabilities(net.Task, x, Passes, random);
        return net.PerImage(Score(p), p).MoveToOuterDisposeScope();
    }
}
