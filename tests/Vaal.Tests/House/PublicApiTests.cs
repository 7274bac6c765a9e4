namespace Vaal.Tests.House;

/// <summary>
/// How much public API all packages have together. PublicApiAnalyzers compares every line of it with
/// <c>PublicAPI.Shipped.txt</c> while the projects are built; these tests hold its size.
/// </summary>
public sealed class PublicApiTests
{
    /// <summary>Types and members; a property that is read and set counts twice. The page and the cluster are no
    /// packages.</summary>
    private const int MostOfPackages = 324, MostOfAll = 357;

    private static IEnumerable<string> Projects => Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
        .Where(p => Path.GetFileName(p) != "Vaal.Cli");

    [Fact]
    public void PublicApi_OfAllPackages_IsSmall()
    {
        var lines = Projects.ToDictionary(p => p, p => Lines(p, "Shipped"));
        Assert.InRange(lines.Where(p => IsPackage(p.Key)).Sum(p => p.Value.Length), 1, MostOfPackages);
        Assert.InRange(lines.Sum(p => p.Value.Length), 1, MostOfAll);
        // the compiler gives a public record seven members that nobody asked for
        Assert.DoesNotContain(lines.Values.SelectMany(l => l), l => l.Contains("<Clone>$", StringComparison.Ordinal));
    }

    [Fact]
    public void PublicApi_OfEachPackage_IsShippedAndSorted() => Assert.All(Projects, p =>
    {
        Assert.Empty(Lines(p, "Unshipped"));
        var lines = Lines(p, "Shipped");
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
    });

    private static bool IsPackage(string project) =>
        !File.ReadAllText(Path.Combine(project, $"{Path.GetFileName(project)}.csproj"))
            .Contains("<IsPackable>false</IsPackable>", StringComparison.Ordinal);

    private static string[] Lines(string project, string kind)
    {
        var all = File.ReadAllLines(Path.Combine(project, $"PublicAPI.{kind}.txt"));
        Assert.Equal("#nullable enable", all[0]);
        return all[1..];
    }
}
