using System.Text.Json.Nodes;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>What a command came to.</summary>
internal static class Outcomes
{
    /// <summary>It ended well.</summary>
    public static Outcome Must(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.Error + outcome.Out);
        return outcome;
    }

    /// <summary>Rank, id and score as they were printed.</summary>
    public static string[] Picks(Outcome outcome) =>
        [.. JsonNode.Parse(outcome.Out)!["picks"]!.AsArray().Select(p => p!.ToJsonString())];
}
