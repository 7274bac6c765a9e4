using System.Text.Json.Nodes;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>Commands, and what they came to.</summary>
internal static class Outcomes
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>A command in the process of the tests. One that waits without end fails its test.</summary>
    public static Outcome Run(params string[] args) =>
        Task.Run(() => CommandLine.Run(args)).WaitAsync(Patience).GetAwaiter().GetResult();

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
