using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what the task model is least sure of, by the class probabilities of one pass.</summary>
internal abstract class UncertaintyStrategy : ScoringStrategy
{
    /// <param name="p">(B, K), of a segmenter (B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is less sure</returns>
    protected abstract Tensor Score(Tensor p);

    protected override void Prepare(Query query)
    {
        if (!query.Features.OfEncoder) _ = query.Networks.Task;
    }

    private protected override float[] Scores(Query query, int[] ids)
    {
        if (!query.Features.OfEncoder) return base.Scores(query, ids);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        return Score(EncodedPool.Of(query).Probabilities).to(ScalarType.Float32).data<float>().ToArray();
    }

    /// <summary>Scores of rows by their class probabilities, as one pass over the pool gives them.</summary>
    /// <param name="p">(N, K)</param>
    internal float[] ScoresOf(double[] p, int classes)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        return Score(tensor(p, [p.Length / classes, classes])).to(ScalarType.Float32).data<float>().ToArray();
    }

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var eval = net.Task.Evaluating();
        using var scope = NewDisposeScope();
        var p = nn.functional.softmax(net.Task.call(x), -1);
        return net.PerImage(Score(p), p).MoveToOuterDisposeScope();
    }
}
