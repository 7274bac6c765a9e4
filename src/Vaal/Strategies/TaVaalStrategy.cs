using System.Globalization;

namespace Vaal.Strategies;

/// <summary>
/// Task-aware VAAL (Kim et al., CVPR 2021): VAAL's choice, where decoder and discriminator also see how high a module
/// trained along with a task model ranks an image's loss: arg min over the unlabelled of D(μ(x), r(x)).
/// </summary>
internal sealed class TaVaalStrategy : IQueryStrategy
{
    public bool JudgesAlone => true;

    // the score is minus D's logit
    public string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"with its predicted loss, looks less labelled than others (D = " +
            $"{1 / (1 + Math.Exp(score!.Value)):G3})");

    /// <summary>The probability of being unlabelled, 1 − D.</summary>
    public double Benefit(float score) => 1 / (1 + Math.Exp(-score));

    bool IQueryStrategy.NeedsNetwork(bool encoder) => true;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        return query.Networks.TaskAwareVaal.Highest(
            query.Pool.Images, ids, query.Budget, query.Seed, query.Report, query.Cancel);
    }
}
