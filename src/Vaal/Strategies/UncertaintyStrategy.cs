using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what the task model is least sure of, by the class probabilities of one pass.</summary>
internal abstract class UncertaintyStrategy : ScoringStrategy
{
    /// <param name="p">(B, K), of a segmenter (B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is less sure</returns>
    protected abstract Tensor Score(Tensor p);

    protected override void Prepare(Query query) => _ = query.Networks.Task;

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var eval = net.Task.Evaluating();
        using var scope = NewDisposeScope();
        var p = nn.functional.softmax(net.Task.call(x), -1);
        return net.PerImage(Score(p), p).MoveToOuterDisposeScope();
    }
}
