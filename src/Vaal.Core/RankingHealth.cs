using System.Text.Json;

namespace Vaal;

/// <summary>
/// What is known of a ranking: what the VAE and the discriminator have learned, and whether the labels are a fair
/// sample of the pool. The one form in which it is written, in a workspace and in a run's folder, and read.
/// </summary>
/// <param name="HeldOutAuc">chance that D holds a labelled image that it has not seen for more labelled than such an
/// unlabelled one; NaN without any. Labelled images that a strategy chose count too, so that it rises with the
/// rounds</param>
/// <param name="ActiveUnits">latent dimensions whose μ varies over images by more than 0.01 (Burda et al. 2016)</param>
/// <param name="Kl">KL(q(z|x) ‖ N(0, 1)), nats an image</param>
/// <param name="ReconstructionMse">mean squared error a pixel value, inputs in [-1, 1]</param>
/// <param name="MeanImageMse">the same for the mean image: what a VAE that has learned nothing reaches</param>
internal sealed record RankingHealth(
    double HeldOutAuc = double.NaN, int ActiveUnits = 0, double Kl = double.NaN,
    double ReconstructionMse = double.NaN, double MeanImageMse = double.NaN)
{
    /// <summary>DeLong's 95% interval of <see cref="HeldOutAuc"/>: its lower end.</summary>
    public double AucLow { get; init; } = double.NaN;

    /// <summary>DeLong's 95% interval of <see cref="HeldOutAuc"/>: its upper end.</summary>
    public double AucHigh { get; init; } = double.NaN;

    /// <summary>Labelled images that the AUC was measured on.</summary>
    public int HeldOutLabelled { get; init; }

    /// <summary>Unlabelled images that the AUC was measured on.</summary>
    public int HeldOutUnlabelled { get; init; }

    /// <summary>Share of the held-out images with the highest scores, where the picks come from, that are
    /// labelled.</summary>
    public double TopLabelled { get; init; } = double.NaN;

    /// <summary>Chance of so few labelled images among the highest scores if there is nothing to find
    /// (hypergeometric, exact).</summary>
    public double TopChance { get; init; } = double.NaN;

    /// <summary>Nats an image for each latent dimension, Z of them; they come to <see cref="Kl"/>.</summary>
    public IReadOnlyList<double> KlPerUnit { get; init; } = [];

    /// <summary>Standard deviation of D's logits over held-out unlabelled images; near 0: all look alike to
    /// D.</summary>
    public double ScoreSpread { get; init; } = double.NaN;

    /// <summary>Spearman's correlation of two scorings of the same pictures, the second moved by one pixel (in
    /// train-mode ranking: under other chance).</summary>
    public double Agreement { get; init; } = double.NaN;

    /// <summary>Spearman's correlation of the scores after two trainings that differ in their seed; NaN if there was
    /// one.</summary>
    public double SeedAgreement { get; init; } = double.NaN;

    /// <summary>Whether the labels are a fair sample of the pool; null: not looked at. The verdict rests on
    /// it.</summary>
    public FairSample? Sample { get; init; }

    /// <summary>How much of the pool looks like nothing that has a label; null: not looked at, or too few
    /// labels.</summary>
    public UnlikeShare? Unlike { get; init; }

    /// <summary>The verdict's level; null: there is no verdict, as in a cold start.</summary>
    public Trust? Trust { get; init; }

    /// <summary>The verdict in words; null likewise.</summary>
    public string? Verdict { get; init; }

    /// <summary>The same with its verdict.</summary>
    public RankingHealth Judged()
    {
        var (trust, words) = HealthVerdict.Of(this);
        return this with { Trust = trust, Verdict = words };
    }

    /// <summary>As it is stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json.Options);

    /// <summary>Reads what <see cref="ToJson"/> wrote, of this version or an earlier one.</summary>
    /// <exception cref="InputException">it is something else</exception>
    public static RankingHealth Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return JsonSerializer.Deserialize<RankingHealth>(json, Json.Options) ?? new();
        }
        catch (JsonException e)
        {
            var found = json.Length > 60 ? json[..60] + "…" : json;
            throw new InputException($"expected the health of a ranking as JSON, found {found}", e);
        }
    }
}
