namespace Vaal.Experiments;

/// <summary>A run that failed, and why.</summary>
internal sealed class BenchFailure
{
    public BenchFailure(string pool, string strategy, long seed, string error) =>
        (Pool, Strategy, Seed, Error) = (pool, strategy, seed, error);

    public string Pool { get; }

    public string Strategy { get; }

    public long Seed { get; }

    public string Error { get; }

    /// <summary>The run's, <see cref="BenchCell.Name"/>.</summary>
    public string Name => $"{Pool}/{Strategy}-{Seed}";
}
