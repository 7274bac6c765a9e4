using MathNet.Numerics.Distributions;

namespace Vaal;

/// <summary>
/// Are the labelled images a fair sample of the pool? A <see cref="CrossFitted"/> classifier compares images that were
/// labelled without a strategy's choice with all others. Those that a strategy chose are among the others: they are
/// part of the pool, and as labels the classifier would find the strategy's preferences, not what the labels lack.
/// </summary>
/// <param name="Labelled">images that were labelled without a strategy's choice</param>
/// <param name="Unlabelled">the others that they are compared with</param>
/// <param name="Auc">chance that the classifier holds one of the others for more unlabelled than a labelled one; NaN
/// where there are too few images to compare, or all are equal</param>
/// <param name="Low">lower end of its 95% interval</param>
/// <param name="High">upper end of its 95% interval</param>
/// <param name="TopLabelled">share of the tenth that looks most unlabelled that has labels</param>
/// <param name="TopChance">chance of so few if there is nothing to find (hypergeometric)</param>
internal sealed record FairSample(
    int Labelled, int Unlabelled, double Auc, double Low, double High, double TopLabelled, double TopChance)
{
    /// <summary>With fewer labelled images the interval is wider than ±0.12 and says nothing.</summary>
    public const int Enough = 50;

    private const double Top = 0.1;

    /// <summary>Compares the first <paramref name="labelled"/> rows with the others.</summary>
    /// <param name="features">(N, F), of labelled images, then of unlabelled ones; finite</param>
    /// <param name="seed">of the cut into folds</param>
    internal static FairSample Of(double[,] features, int labelled, long seed)
    {
        var unlabelled = features.GetLength(0) - labelled;
        if (labelled < Enough || unlabelled < Enough) return Unknown(labelled, unlabelled);
        bool[] second = [.. Enumerable.Range(0, labelled + unlabelled).Select(i => i >= labelled)];
        var scores = CrossFitted.Scores(features, second, seed);
        double[] ofLabelled = scores[..labelled], ofUnlabelled = scores[labelled..];
        var auc = Ranks.Auc(ofUnlabelled, ofLabelled, CrossFitted.Widening);
        var bar = Statistics.Quantile(scores, 1 - Top);
        var (top, topLabelled) = (scores.Count(s => s > bar), ofLabelled.Count(s => s > bar));
        return new(labelled, unlabelled, auc.Estimate, auc.Low, auc.High,
            top == 0 ? double.NaN : (double)topLabelled / top,
            top == 0 ? 1 : Hypergeometric.CDF(labelled + unlabelled, labelled, top, topLabelled));
    }

    internal static FairSample Unknown(int labelled, int unlabelled) =>
        new(labelled, unlabelled, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
}
