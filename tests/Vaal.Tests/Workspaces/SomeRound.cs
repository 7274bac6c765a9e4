using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A round as a strategy records it, for tests that do not look at its options or times.</summary>
internal static class SomeRound
{
    public static Round Of(int budget, string strategy = "random", long seed = 1) => new()
    {
        Strategy = strategy,
        Options = "{}",
        Seed = seed,
        Budget = budget,
        Started = DateTimeOffset.UtcNow,
        Finished = DateTimeOffset.UtcNow,
    };
}
