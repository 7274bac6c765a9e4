using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what the task model is least sure of over passes with dropout.</summary>
internal abstract class DropoutStrategy : ScoringStrategy
{
    /// <summary>T, passes over the pool.</summary>
    public const int Passes = 20;

    private long _seed;

    /// <param name="p">(T, B, K), of a segmenter (T, B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is less sure</returns>
    protected abstract Tensor Score(Tensor p);

    /// <summary>The seed of the masks, one mask a pass for the whole pool.</summary>
    internal static long MaskSeed(Query query) => Seeds.Derive(query.Seed, "dropout passes", 0);

    private protected override bool NeedsNetwork(bool encoder) => true;

    protected override void Prepare(Query query)
    {
        _ = query.Networks.Task;
        _seed = MaskSeed(query);
    }

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var scope = NewDisposeScope();
        var p = DropoutPasses.Probabilities(net.Task, x, Passes, _seed);
        return net.PerImage(Score(p), p).MoveToOuterDisposeScope();
    }
}
