namespace Vaal.Experiments;

/// <summary>One run of a bench: a strategy on a pool with a seed.</summary>
public sealed class BenchCell
{
    internal BenchCell(string pool, string strategy, long seed, LoopOptions options) =>
        (Pool, Strategy, Seed, Options) = (pool, strategy, seed, options);

    internal string Pool { get; }

    internal string Strategy { get; }

    internal long Seed { get; }

    internal LoopOptions Options { get; }

    /// <summary>Rounds of the run.</summary>
    public int Rounds => Options.Rounds;

    /// <summary>Names its folder, and the cell in messages.</summary>
    public string Name => $"{Pool}/{Strategy}-{Seed}";
}
