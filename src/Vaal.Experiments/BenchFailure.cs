using System.Text.Json.Serialization;

namespace Vaal.Experiments;

/// <summary>A run that failed, and why.</summary>
public sealed class BenchFailure
{
    internal BenchFailure(string pool, string strategy, long seed, string error) =>
        (Pool, Strategy, Seed, Error) = (pool, strategy, seed, error);

    [JsonInclude]
    internal string Pool { get; }

    [JsonInclude]
    internal string Strategy { get; }

    [JsonInclude]
    internal long Seed { get; }

    public string Error { get; }

    /// <summary>The run's, <see cref="BenchCell.Name"/>.</summary>
    public string Name => $"{Pool}/{Strategy}-{Seed}";
}
