using System.Text.Json.Serialization;

namespace Vaal.Experiments;

/// <summary>What one strategy came to against the baseline, over all pools and seeds that both have
/// finished.</summary>
public sealed class StrategySummary
{
    internal StrategySummary(
        string name, int runs, Interval area, Interval difference, double p, double corrected, double penalty,
        double selectSeconds, double trainSeconds, double peakMebibytes)
    {
        (Name, Runs, Area, Difference, P, Corrected) = (name, runs, area, difference, p, corrected);
        (Penalty, SelectSeconds, TrainSeconds) = (penalty, selectSeconds, trainSeconds);
        PeakMebibytes = peakMebibytes;
    }

    public string Name { get; internal init; }

    /// <summary>Finished runs.</summary>
    [JsonInclude]
    internal int Runs { get; init; }

    /// <summary>Mean accuracy, or what is measured in its place, over the budget (area under the learning curve / range
    /// of labels), 0..1.</summary>
    public Interval Area { get; internal init; }

    /// <summary>Where images have several classes: macro F1 over the budget, as <see cref="Area"/>; null where they
    /// have one.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal Interval? MacroF1 { get; set; }

    /// <summary>Of that area to the baseline's of the same pool and seed, the mean of the pools' means, with Student's
    /// t interval: of one pool over its seeds, of several over pools and seeds; NaN for the baseline.</summary>
    public Interval Difference { get; internal init; }

    /// <summary>Two-sided p of the sign-flip test of that difference: of one pool the seeds' signs are flipped, of
    /// several the pools' and then the seeds', and the larger p counts; NaN for the baseline or without
    /// pairs.</summary>
    [JsonInclude]
    internal double P { get; init; }

    /// <summary>The same after Holm's correction for all strategies compared.</summary>
    public double Corrected { get; internal set; }

    /// <summary>Mean of its column of the penalty matrix: how often others were better; lower is better.</summary>
    [JsonInclude]
    internal double Penalty { get; set; }

    /// <summary>Median time of a selection; NaN without one.</summary>
    [JsonInclude]
    internal double SelectSeconds { get; init; }

    /// <summary>Of these, training networks of its own; median.</summary>
    [JsonInclude]
    internal double TrainSeconds { get; init; }

    /// <summary>The largest of its selections; NaN where not measured.</summary>
    [JsonInclude]
    internal double PeakMebibytes { get; init; }

    /// <summary>The least p that so many pairs (of several pools: so many pools and seeds) can give.</summary>
    [JsonInclude]
    internal double LeastP { get; init; } = double.NaN;

    /// <summary>The comparison on each pool for itself; empty for the baseline.</summary>
    [JsonInclude]
    internal IReadOnlyList<PoolDifference> Pools { get; set; } = [];

    /// <summary>The only words that a comparison may be summed up in.</summary>
    public string Verdict => BenchSummary.VerdictOf(P, Corrected, Difference);
}
