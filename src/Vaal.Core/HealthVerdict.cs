using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal;

/// <summary>How far a ranking can be trusted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Trust>))]
internal enum Trust
{
    /// <summary>The labels are not a fair sample of the pool: there is something to find.</summary>
    Informative,

    /// <summary>There may be something to find, but not enough to be sure.</summary>
    Weak,

    /// <summary>Random sampling would do as well, and costs nothing.</summary>
    NoBetterThanRandom,

    /// <summary>There are too few labelled images that no strategy chose, or too few unlabelled ones, to judge by; or
    /// all are equal.</summary>
    CannotBeJudged,
}

/// <summary>
/// The one verdict on a ranking, from its <see cref="RankingHealth"/>. It says whether there is something to find:
/// whether images that were labelled without a strategy's choice differ from the unlabelled ones.
/// docs/results/health.md has how often it is wrong.
/// </summary>
/// <param name="Trust">how far the ranking can be trusted</param>
/// <param name="Words">the same in a line, with the numbers and what to do instead</param>
internal sealed record HealthVerdict(Trust Trust, string Words)
{
    /// <summary>The AUC's interval lies above this for <see cref="Trust.Informative"/>: one half is chance.</summary>
    public const double Chance = 0.5;

    /// <summary>Or so few labelled images look most unlabelled that it has less chance than this.</summary>
    public const double Unlikely = 0.003;

    /// <summary>An interval that ends below this excludes an effect worth the training.</summary>
    public const double WorthHaving = 0.56;

    /// <summary>In addition, nothing may be among the images that look most unlabelled: fewer labelled images there
    /// than this chance allows speak against it. A few images that stand out hardly move an AUC.</summary>
    public const double NothingAtTheTop = 0.2;

    /// <summary>A latent that carries less than this, in nats an image, has collapsed: D sees the same of every
    /// image. On CIFAR-10 the released objective comes to 0.006 nats, the balanced one to 46.</summary>
    public const double CollapsedKl = 1;

    /// <summary>D's AUC on fewer held-out labelled images than this says nothing: its interval is wider than
    /// ±0.13.</summary>
    public const int EnoughHeldOut = 20;

    /// <summary>Two trainings that agree less than this on the order rank by chance.</summary>
    public const double SeedsDisagree = 0.2;

    // the mean image of equal images has no error, but for what float32 leaves
    private const double Rounding = 1e-12;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static HealthVerdict Of(RankingHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        var trust = TrustIn(health);
        var why = string.Join(", ", Reasons(health));
        return new(trust, trust switch
        {
            Trust.Informative => $"informative: {why}",
            Trust.Weak => $"weak: {why}; it may be no better than random",
            Trust.CannotBeJudged when health.Sample is { Labelled: >= FairSample.Enough } =>
                $"cannot be judged: {why}",
            Trust.CannotBeJudged =>
                $"cannot be judged: {why}; label {FairSample.Enough} images drawn with --strategy random",
            _ => $"no better than random: {why}; use --strategy random instead, or coverage on an encoder's features",
        });
    }

    private static Trust TrustIn(RankingHealth h)
    {
        if (Collapsed(h) || h.SeedAgreement < SeedsDisagree) return Trust.NoBetterThanRandom;
        if (h.Sample is not { } sample || double.IsNaN(sample.Auc)) return Trust.CannotBeJudged;
        if (sample.Low > Chance || sample.TopChance < Unlikely) return Trust.Informative;
        return sample.High < WorthHaving && !(sample.TopChance < NothingAtTheTop)
            ? Trust.NoBetterThanRandom
            : Trust.Weak;
    }

    private static bool Collapsed(RankingHealth h) => h.ActiveUnits == 0 || h.Kl < CollapsedKl;

    // no p is 0
    private static string PValue(double p) =>
        p < 0.0005 ? "p < 0.001" : string.Create(Invariant, $"p = {p:0.000}");

    private static IEnumerable<string> Reasons(RankingHealth h)
    {
        if (h.Sample is not { } s) yield return "labelled images were not compared with the pool";
        else if (double.IsNaN(s.Auc) && Math.Min(s.Labelled, s.Unlabelled) >= FairSample.Enough)
            yield return "all images that were compared are equal";
        else if (double.IsNaN(s.Auc) && s.Labelled >= FairSample.Enough)
            yield return $"{Counted.Of(s.Unlabelled, "other image is", "other images are")} in the pool, and "
                + $"{FairSample.Enough} are needed to compare";
        else if (double.IsNaN(s.Auc))
            yield return $"{Counted.Of(s.Labelled, "labelled image was", "labelled images were")} not chosen by a "
                + $"strategy, and {FairSample.Enough} are needed";
        else
        {
            yield return string.Create(
                Invariant, $"the rest of the pool differs from the {s.Labelled} labels that no strategy chose with ")
                + string.Create(Invariant, $"AUC {s.Auc:0.00} (95% CI {s.Low:0.00} to {s.High:0.00}; 0.50 is chance)");
            var all = (double)s.Labelled / (s.Labelled + s.Unlabelled);
            yield return string.Create(
                Invariant, $"{100 * s.TopLabelled:0}% of the images that look most like the rest are such labels, ")
                + string.Create(Invariant, $"{100 * all:0}% of those compared ({PValue(s.TopChance)})");
        }
        yield return string.Create(
            Invariant, $"{h.ActiveUnits} of {h.KlPerUnit.Count} latent dimensions in use (KL {h.Kl:0.0} nats)");
        if (h.MeanImageMse > Rounding) yield return string.Create(
            Invariant, $"reconstruction error {h.ReconstructionMse / h.MeanImageMse:0.00} of the mean image's");
        if (!double.IsNaN(h.SeedAgreement))
            yield return string.Create(Invariant, $"two trainings agree on the order by {h.SeedAgreement:0.00}");
    }
}
