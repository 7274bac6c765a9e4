using System.Text.RegularExpressions;

namespace Vaal.Tests.House;

/// <summary>docs/claims.md names a test for every public claim; each of them is there.</summary>
public sealed partial class ClaimsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "claims.md"));

    [Fact]
    public void Claims_EveryTestNamed_IsInTheSources()
    {
        // LoopTests.cs and LoopTests.Resume.cs are one class
        var tests = Repository.Code().GroupBy(p => Path.GetFileName(p).Split('.')[0])
            .Where(g => g.Key.EndsWith("Tests", StringComparison.Ordinal))
            .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));
        string[] named = [.. Test().Matches(_page).Select(m => m.Value.Trim('`')).Distinct()];
        Assert.True(named.Length > 100, $"{named.Length} tests are named");
        Assert.DoesNotContain(named, test => !IsThere(test));

        bool IsThere(string test)
        {
            var parts = test.Split('.');
            return tests.TryGetValue(parts[0], out var source)
                && source.Contains($" {parts[1]}(", StringComparison.Ordinal);
        }
    }

    /// <summary>A line of a table with the columns claim, test and broken by has something in each.</summary>
    [Fact]
    public void Claims_EveryClaim_HasATest()
    {
        var rows = _page.Split('\n').Where(l => l.StartsWith('|')).Select(l => l.Split(" | "));
        var claims = rows.Where(r => r.Length == 3 && !r[0].StartsWith("| claim", StringComparison.Ordinal)).ToList();
        Assert.True(claims.Count > 80, $"{claims.Count} claims");
        Assert.All(claims, r => Assert.Matches(Test(), r[1]));
    }

    [GeneratedRegex(@"`[A-Za-z0-9]+Tests\.[A-Za-z0-9_]+`")]
    private static partial Regex Test();
}
