namespace Vaal.Cluster.Work;

/// <summary>The strategies that a job can choose by: those that need features and no network of the round.</summary>
internal static class JobStrategies
{
    private static readonly string[] Coverage = ["coverage", "facility-location", "uncertainty-coverage"];

    /// <summary>Names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["coverage", "entropy", "facility-location",
        "least-confidence", "margin", "random", "uncertainty-coverage"];

    /// <summary>It covers the pool, in two levels; otherwise every image has a score of its own.</summary>
    public static bool Covers(string name) => Coverage.Contains(name);

    public static bool NeedsClasses(string name) => name != "random" && name is not ("coverage" or "facility-location");

    public static string? Problem(string name) => Names.Contains(name) ? null
        : $"expected a strategy that a cluster can compute, found '{name}'; there are: {string.Join(", ", Names)}";
}
