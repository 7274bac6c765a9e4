using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Chooses what task models trained from different seeds disagree on.</summary>
internal abstract class CommitteeStrategy : ScoringStrategy
{
    /// <summary>Task models, the usual one among them.</summary>
    public const int Members = 5;

    private const float TieBreak = 1e-3f;

    /// <param name="p">(T, B, K), T members; of segmenters (T, B, H, W, K)</param>
    /// <returns>(B) or (B, H, W), higher is more at odds</returns>
    protected abstract Tensor Disagreement(Tensor p);

    private protected override bool NeedsNetwork(bool encoder) => true;

    protected override void Prepare(Query query) => query.Networks.Committee(Members);

    protected override Tensor Score(Tensor x, Networks net)
    {
        using var scope = NewDisposeScope();
        var p = Probabilities(net.Committee(Members), x);
        return net.PerImage(Disagreement(p), p).MoveToOuterDisposeScope();
    }

    /// <summary>What votes say, and where they say the same of two images the mean's confidence: votes take few values,
    /// and the weight is below the smallest step between two. Of the mean over an image's pixels it is a
    /// thousandth.</summary>
    protected static Tensor WithoutTies(Tensor votes, Tensor p) =>
        votes + TieBreak * Uncertainty.LeastConfidence(p.mean([0]));

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
