using System.Text.Json;
using Vaal.Cli.Commands;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>The options of <c>vaal next</c>.</summary>
public sealed partial class WorkspaceOptionsTests
{
    private static readonly string[][] _choices =
    [
        ["next", "--budget", "3", "--strategy", "vaal", "--seed", "9", "--candidates", "7", "--minutes", "0.0001",
            "--thorough", "--task", "resnet18", "--width", "32", "--batch", "2", "--no-flip"],
        ["next", "-n", "2", "--strategy", "entropy", "--task", "small-cnn", "--task-epochs", "4",
            "--task-min-iterations", "5", "--no-diverse", "--precision", "float32"],
        ["next", "-n", "1", "--strategy", "random", "--task", "small-seg", "--pixels", "top", "--top-pixels", "0.2"],
    ];

    [Fact]
    public void Next_ItsOptions_AreThoseOfTheRound()
    {
        Init("--near-duplicates", "0", "--size", "32");
        Done("import", _folder.Write("l.csv", "path,label\na/00.png,a\nb/01.png,b\na/02.png,a\nb/03.png,b\n"));
        foreach (var typed in _choices) Done([.. typed, "--quiet"]);
        using var w = Open();
        var rounds = w.Rounds();
        Assert.Equal([(3, "vaal", 9), (2, "entropy", 1), (1, "random", 1)],
            rounds.Select(r => (r.Budget, r.Strategy, r.Seed)));
        string[] networks = ["width", "batchSize", "flip"],
            task = ["model", "epochs", "minIterations", "flip", "precision"];
        Assert.Equal("3 vaal 9 7 True False True 0.0001 mean", Options(0, null, "budget", "strategy", "seed",
            "candidates", "diverse", "useFeatures", "thorough", "minutes", "pixelReduction"));
        Assert.Equal("32 2 False", Options(0, "vaal", networks));
        Assert.Equal("resnet18 10 200 False ", Options(0, "task", task));
        Assert.Equal("False", Options(1, null, "diverse"));
        Assert.Equal("16 64 True", Options(1, "vaal", networks));
        Assert.Equal("small-cnn 4 5 True float32", Options(1, "task", task));
        Assert.Equal("small-seg top 0.2", Options(2, "task", "model") + " "
            + Options(2, null, "pixelReduction", "topPixels"));

        string Options(int round, string? of, params string[] names)
        {
            using var json = JsonDocument.Parse(rounds[round].Options);
            var all = of is null ? json.RootElement : json.RootElement.GetProperty(of);
            return string.Join(' ', names.Select(n => all.TryGetProperty(n, out var value) ? value.ToString() : ""));
        }
    }

    /// <summary>An option that is new has a place in the table above. Those of the networks are tried in
    /// <see cref="CommandOptionsTests"/>.</summary>
    [Fact]
    public void Next_AllItsOptions_AreTried()
    {
        var networks = new VaalArguments(drawIsFree: true).All;
        string[] others = [.. networks.Concat(new ClusterArguments().Advanced).Select(o => o.Name), "--cluster",
            "--device", "--diverse", "--regions", "--verbose", "--json", "--quiet", "--workspace"];
        var next = RootOf.Vaal(default).Subcommands.Single(c => c.Name == "next").Options.Select(o => o.Name);
        Assert.Equal(next.Except(others).Order(), _choices.SelectMany(t => t).Distinct()
            .Where(t => t.StartsWith("--", StringComparison.Ordinal)).Except(others).Order());
    }

    [Fact]
    public void Next_WithoutOptions_ThinsOutFiveTimesTheBudget()
    {
        Init("--near-duplicates", "0");
        Done("next", "--strategy", "random", "--quiet");
        using var w = Open();
        using var json = JsonDocument.Parse(w.Rounds().Single().Options);
        Assert.Equal("10 1 5 True True False", string.Join(' ', new[] { "budget", "seed", "candidates", "diverse",
            "useFeatures", "thorough" }.Select(name => json.RootElement.GetProperty(name).ToString())));
    }

    [Fact]
    public void Next_DefaultsInTheHelp_AreTheLibrarys()
    {
        var library = new NextOptions();
        Assert.Equal((library.Candidates, library.TopPixels), (NextCommand.Candidates, NextCommand.TopPixels));
    }

    [Fact]
    public void Next_OfARanking_SaysWhatItIsWorth()
    {
        Init("--near-duplicates", "0");
        Done("import", _folder.Write("l.csv", "path,label\na/00.png,a\nb/01.png,b\na/02.png,a\nb/03.png,b\n"));
        var said = Done("next", "-n", "2", "--strategy", "vaal", "--task", "small-cnn", "--iterations", "2", "--width",
            "16", "--batch", "2", "--verbose", "--quiet").Out;
        using var w = Open();
        var health = RankingHealth.Parse(w.Rounds().Single().Health!);
        Assert.NotNull(health.Trust);
        Assert.Contains($"\n{VerdictText.Short(health.Trust)}\n", said, StringComparison.Ordinal);
        Assert.Contains($"\nWhy: {health.Verdict}.\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_DiverseAndNot_ExcludeEachOther()
    {
        Init();
        var outcome = Vaal("next", "--diverse", "--no-diverse");
        Assert.Equal((1, "vaal: --diverse and --no-diverse exclude each other\n"), (outcome.ExitCode, outcome.Error));
    }
}
