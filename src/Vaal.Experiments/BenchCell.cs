namespace Vaal.Experiments;

/// <summary>One run of a bench: a strategy on a pool with a seed.</summary>
internal sealed class BenchCell
{
    public BenchCell(string pool, string strategy, long seed, LoopOptions options) =>
        (Pool, Strategy, Seed, Options) = (pool, strategy, seed, options);

    public string Pool { get; }

    public string Strategy { get; }

    public long Seed { get; }

    public LoopOptions Options { get; }

    /// <summary>Names its folder, and the run in messages.</summary>
    public string Name => $"{Pool}/{Strategy}-{Seed}";
}
