using System.Text.RegularExpressions;
using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>The README says which strategies need classes; images that are labelled without a class show it.</summary>
public sealed partial class StrategyClassesTests
{
    /// <summary>They use classes, and choose by plain coverage while there are none.</summary>
    private static readonly string[] _fallBack = ["drop-query", "uncertainty-coverage"];

    [Fact]
    public void Select_WithoutClasses_WorksForTheStrategiesThatTheReadmeNames()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string[] without = Named(readme, "need no classes"), with = Named(readme, "need classes");
        Assert.Equal(QueryStrategies.Names.Order(), without.Concat(with).Order());
        using var images = TinyImages.Set(30);
        var pool = new Pool(images);
        for (var id = 0; id < 12; id++) pool.Label(id, -1);
        foreach (var name in QueryStrategies.Names)
        {
            using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task);
            var query = new Query { Pool = pool, Budget = 4, Seed = 1, Networks = networks };
            if (_fallBack.Contains(name)) continue;
            var strategy = QueryStrategies.Create(name);
            if (without.Contains(name)) Assert.Equal(4, strategy.Select(query).Ids.Count);
            else Assert.Throws<InputException>(() => strategy.Select(query));
        }
    }

    /// <summary>The names in the bullet of the README that begins with these words.</summary>
    private static string[] Named(string readme, string words)
    {
        var start = readme.IndexOf($"- **{words}**", StringComparison.Ordinal);
        var end = readme.IndexOf("\n- ", start + 1, StringComparison.Ordinal) is > 0 and var next
            ? Math.Min(next, readme.IndexOf("\n\n", start, StringComparison.Ordinal))
            : readme.IndexOf("\n\n", start, StringComparison.Ordinal);
        return [.. Name().Matches(readme[start..end]).Select(m => m.Groups[1].Value)];
    }

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Name();
}
