namespace Vaal.Tests.House;

/// <summary>
/// How much public API all packages have together. PublicApiAnalyzers compares every line of it with
/// <c>PublicAPI.Shipped.txt</c> while the projects are built; these tests hold its size.
/// </summary>
public sealed class PublicApiTests
{
    /// <summary>Lines that the analyzer counts: <c>get</c> and <c>init</c> of a property are two.</summary>
    private const int MostLines = 411;

    /// <summary>Types and members as a reader counts them: a property is one, what a record adds by itself is
    /// none.</summary>
    private const int MostMembers = 374;

    private static readonly string[] OfRecords =
        ["<Clone>$", ".Equals(", ".GetHashCode()", "operator ==", "operator !=", ".ToString()"];

    private static IEnumerable<string> Projects => Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
        .Where(p => Path.GetFileName(p) != "Vaal.Cli");

    [Fact]
    public void PublicApi_OfAllPackages_IsSmall()
    {
        string[] lines = [.. Projects.SelectMany(p => Lines(p, "Shipped"))];
        var members = lines.Count(l => !l.Contains(".init ->", StringComparison.Ordinal)
            && !OfRecords.Any(r => l.Contains(r, StringComparison.Ordinal)));
        Assert.InRange(lines.Length, 1, MostLines);
        Assert.InRange(members, 1, MostMembers);
    }

    [Fact]
    public void PublicApi_OfEachPackage_IsShippedAndSorted() => Assert.All(Projects, p =>
    {
        Assert.Empty(Lines(p, "Unshipped"));
        var lines = Lines(p, "Shipped");
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
    });

    private static string[] Lines(string project, string kind)
    {
        var all = File.ReadAllLines(Path.Combine(project, $"PublicAPI.{kind}.txt"));
        Assert.Equal("#nullable enable", all[0]);
        return all[1..];
    }
}
