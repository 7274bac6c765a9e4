using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what task models trained from different seeds disagree on.</summary>
internal abstract class CommitteeStrategy : ScoringStrategy
{
    /// <summary>Task models, the usual one among them.</summary>
    public const int Members = 5;

    // Votes take few values, so that many images tie; a weight below the smallest step between two lets the mean's confidence decide.
    private const float TieBreak = 1e-3f;

    /// <param name="p">(T, B, K), T members; of segmenters (T, B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is more at odds</returns>
    protected abstract Tensor Disagreement(Tensor p);

    protected override void Prepare(Query query) => query.Networks.Committee(Members);

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var scope = NewDisposeScope();
        var p = Probabilities(net.Committee(Members), x);
        return net.PerImage(Disagreement(p) + TieBreak * Uncertainty.LeastConfidence(p.mean([0])), p).MoveToOuterDisposeScope();
    }

    /// <summary>Of each member, (T, B, K) or (T, B, H, W, K), in eval mode.</summary>
    public static Tensor Probabilities(IReadOnlyList<TaskModel> members, Tensor x)
    {
        using var scope = NewDisposeScope();
        var logits = new List<Tensor>();
        foreach (var member in members)
        {
            using var eval = member.Evaluating();
            logits.Add(member.call(x));
        }
        return stack(logits).softmax(-1).MoveToOuterDisposeScope();
    }
}
