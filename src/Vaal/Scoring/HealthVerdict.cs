using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Scoring;

/// <summary>How far a ranking can be trusted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Trust>))]
public enum Trust
{
    /// <summary>D tells labelled from unlabelled images that it has never seen.</summary>
    Informative,

    /// <summary>There may be something in it, but not enough to be sure.</summary>
    Weak,

    /// <summary>Drawing at random would do as well, and costs nothing.</summary>
    NoBetterThanRandom,
}

/// <summary>The one verdict on a ranking, from its <see cref="RankingHealth"/>. docs/results/health.md has how often it is wrong.</summary>
/// <param name="Trust">how far the ranking can be trusted</param>
/// <param name="Words">the same in a line, with the numbers and what to do instead</param>
public sealed record HealthVerdict(Trust Trust, string Words)
{
    /// <summary>The held-out AUC's interval lies above this for <see cref="Trust.Informative"/>: one half is chance.</summary>
    public const double Chance = 0.5;

    /// <summary>Or so few labelled images among the highest scores have less chance than this: docs/results/health.md.</summary>
    public const double Unlikely = 0.01;

    /// <summary>An interval that ends below this excludes an effect worth the training: docs/results/health.md.</summary>
    public const double WorthHaving = 0.56;

    /// <summary>And there must be nothing among the highest scores either: fewer labelled images there than this chance allows speak
    /// against it. A few images that stand out hardly move an AUC: docs/results/health.md.</summary>
    public const double NothingAtTheTop = 0.2;

    /// <summary>A latent that carries less than this, in nats an image, has collapsed: D sees the same of every image. On CIFAR-10
    /// the released objective comes to 0.006 nats, the balanced one to 46.</summary>
    public const double CollapsedKl = 1;

    /// <summary>Fewer held-out labelled images than this say nothing: the interval of their AUC is wider than ±0.13.</summary>
    public const int EnoughHeldOut = 20;

    /// <summary>Two trainings that agree less than this on the order rank by chance, whatever each says of itself.</summary>
    public const double SeedsDisagree = 0.2;

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
            _ => $"no better than random: {why}; use --strategy random instead, or badge where labels are classes",
        });
    }

    private static Trust TrustIn(RankingHealth h)
    {
        if (Collapsed(h) || h.SeedAgreement < SeedsDisagree) return Trust.NoBetterThanRandom;
        if (double.IsNaN(h.HeldOutAuc) || h.HeldOutLabelled < EnoughHeldOut) return Trust.Weak;
        if (h.AucLow > Chance || h.TopChance < Unlikely) return Trust.Informative;
        return h.AucHigh < WorthHaving && !(h.TopChance < NothingAtTheTop) ? Trust.NoBetterThanRandom : Trust.Weak;
    }

    private static bool Collapsed(RankingHealth h) => h.ActiveUnits == 0 || h.Kl < CollapsedKl;

    private static IEnumerable<string> Reasons(RankingHealth h)
    {
        if (double.IsNaN(h.HeldOutAuc)) yield return "no labelled image was held out to check it on";
        else
        {
            var interval = double.IsNaN(h.AucLow) ? "too few for an interval" : string.Create(Invariant, $"95% CI {h.AucLow:0.00} to {h.AucHigh:0.00}");
            yield return string.Create(Invariant, $"D tells held-out labelled from unlabelled images with AUC {h.HeldOutAuc:0.00} ({interval}; 0.50 is chance)");
            yield return string.Create(Invariant, $"the highest scores are {100 * h.TopLabelled:0}% labelled, all {100.0 * h.HeldOutLabelled / (h.HeldOutLabelled + h.HeldOutUnlabelled):0}% (p = {h.TopChance:0.000})");
            if (h.HeldOutLabelled < EnoughHeldOut) yield return $"on {h.HeldOutLabelled} labelled images only, too few to tell";
        }
        yield return string.Create(Invariant, $"{h.ActiveUnits} of {h.KlPerUnit.Count} latent dimensions in use (KL {h.Kl:0.0} nats)");
        yield return string.Create(Invariant, $"reconstruction error {h.ReconstructionMse / h.MeanImageMse:0.00} of the mean image's");
        if (!double.IsNaN(h.SeedAgreement)) yield return string.Create(Invariant, $"two trainings agree on the order by {h.SeedAgreement:0.00}");
    }
}
