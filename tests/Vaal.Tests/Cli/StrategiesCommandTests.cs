using System.Text.Json;
using Vaal.Strategies;

namespace Vaal.Tests.Cli;

/// <summary>What `vaal strategies` says that each needs.</summary>
public sealed class StrategiesCommandTests
{
    private static readonly StrategyTable.Line[] Lines =
        [.. QueryStrategies.Names.Select(StrategyTable.Of)];

    private static IEnumerable<string> Where(Func<StrategyTable.Line, bool> holds) =>
        Lines.Where(holds).Select(line => line.Name);

    [Fact]
    public void Strategies_EachNeed_IsThatOfTheDocuments()
    {
        Assert.Equal(["coverage", "drop-query", "facility-location", "prob-cover", "random", "typiclust",
            "uncertainty-coverage"], Where(line => !line.NeedsLabels));
        Assert.Equal(["alpha-mix", "badge", "batch-bald", "core-set", "dbal", "drop-query", "ensemble-varr", "entropy",
            "learning-loss", "least-confidence", "margin", "mc-dropout", "qbc", "suggestive-annotation", "ta-vaal",
            "uncertainty-coverage"], Where(line => line.NeedsClasses));
        Assert.Equal(["batch-bald", "dbal", "ensemble-varr", "learning-loss", "mc-dropout", "qbc", "ta-vaal"],
            Where(line => line.NeedsNetwork));
        Assert.Equal(["alpha-mix", "badge", "core-set", "entropy", "least-confidence", "margin",
            "suggestive-annotation"], Where(line => line.NeedsNetworkOrEncoder));
        Assert.Equal(["alpha-mix", "batch-bald", "drop-query", "uncertainty-coverage"], Where(line => !line.Masks));
        Assert.Equal(["core-set", "coverage", "dal", "entropy", "facility-location", "least-confidence", "margin",
            "prob-cover", "random", "typiclust", "uncertainty-coverage", "vaal", "vaal-features", "vaal-frozen-vae",
            "vaal-no-discriminator", "vaal-no-vae"], Where(line => line.SeveralClasses));
    }

    [Fact]
    public void Strategies_InJson_HaveANameAndBooleans()
    {
        var line = JsonSerializer.SerializeToNode(StrategyTable.Of("badge"), Json.Options)!.AsObject();
        Assert.Equal(["name", "about", "needsLabels", "needsClasses", "needsNetwork", "needsNetworkOrEncoder", "masks",
            "severalClasses"], line.Select(p => p.Key));
        Assert.Equal("badge", (string?)line["name"]);
        Assert.Equal([true, true, false, true, true, false],
            line.Skip(2).Select(p => (bool)p.Value!));
    }

    [Fact, Trait("Category", "Slow")]
    public void Program_Strategies_SaysWhatEachNeeds()
    {
        var outcome = CommandLine.Run("strategies");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("batch-bald", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("classes, network  ", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("masks, several classes", outcome.Out, StringComparison.Ordinal);
    }
}
