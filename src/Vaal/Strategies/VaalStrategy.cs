using System.Globalization;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Strategies;

/// <summary>
/// VAAL's choice (Algorithm 2): the b unlabelled images with the lowest D(μ(x)), which look least labelled to the
/// discriminator. It needs to know which images are labelled, and no classes.
/// </summary>
/// <param name="without">a part that is left out, as in the paper's ablation study</param>
internal sealed class VaalStrategy(Ablation without = Ablation.None) : IQueryStrategy
{
    public bool JudgesAlone => true;

    // the score is minus D's logit
    public string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"looks less labelled than others (D = {1 / (1 + Math.Exp(score!.Value)):G3})");

    /// <summary>The probability of being unlabelled, 1 − D.</summary>
    public double Benefit(float score) => 1 / (1 + Math.Exp(-score));

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        var networks = query.Networks.VaalWithout(without);                      // trained by Algorithm 1
        var (options, images) = (query.Networks.VaalOptions, query.Pool.Images);
        if (without != Ablation.None || !MiniQueries.AskedFor(options))
            return networks.Highest(images, ids, query.Budget, query.Seed, query.Report, query.Cancel);
        // not in the paper: the batch in slices, with a new D after each, or drawn by the odds
        var scores = networks.Score(images, ids, query.Seed, query.Report, query.Cancel);
        return new MiniQueries(options, Seeds.Derive(query.Seed, "mini-queries", 0), networks.Device).Choose(
            ids, scores, query.Budget,
            () => networks.Latent(images, [.. ids, .. query.Pool.LabelledIds], query.Report, query.Cancel),
            query.Report, query.Cancel);
    }
}
