using System.Text.Json;
using Vaal.Experiments;

namespace Vaal.Tests.Cli;

/// <summary>The real executable.</summary>
[Trait("Category", "Slow")]
public sealed class BenchCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Config(string changes = "") => _folder.Write("tiny.json", $$"""
        { "name": "Tiny", "about": "For <tests>.", "data": "{{SmallSet.Folder}}", "images": 120,
          "strategies": ["random", "entropy"], "seeds": [1, 2, 3],
          "initial": 20, "budget": 10, "rounds": 3, "task": { "epochs": 0, "minIterations": 3 }{{changes}} }
        """);

    private string[] Args(string output, params string[] more) =>
        ["bench", Config(), "--out", _folder[output], .. more];

    private static string[] WithoutTimes(string folder) =>
        [.. File.ReadAllLines(Path.Combine(folder, "results.csv"))
            .Select(line => string.Join(',', line.Split(',').Take(5)))];

    [Fact]
    public void Bench_KilledAgainAndAgain_ComesToTheSameResults()
    {
        var whole = CommandLine.Run(Args("whole"));
        Assert.Equal((0, 19), (whole.ExitCode, WithoutTimes(_folder["whole"]).Length));
        for (var wanted = 1; wanted <= 5; wanted += 2)
        {
            using var process = VaalProgram.Start(Args("killed"));
            VaalProgram.KillWhen(process, () =>
                Directory.Exists(_folder["killed"])
                && Directory.EnumerateFiles(_folder["killed"], "rounds.json", SearchOption.AllDirectories)
                .Count() >= wanted);
        }
        Assert.Equal(0, CommandLine.Run(Args("killed")).ExitCode);
        Assert.Equal(WithoutTimes(_folder["whole"]), WithoutTimes(_folder["killed"]));
        foreach (
            var name in new[] { "report.html", "table.md", "differences.png", "penalties.svg",
                "learning-curves-pool.png", "label-saving-pool.svg", "selection-time.png" })
            Assert.True(new FileInfo(Path.Combine(_folder["killed"], name)).Length > 500, name);
        var page = File.ReadAllText(Path.Combine(_folder["killed"], "report.html"));
        Assert.Contains("For &lt;tests&gt;.", page);
        Assert.Contains("entropy is not significantly better or worse than random. There are too few pairs", page);
        Assert.DoesNotContain("://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal));

        // a picture in it would be blurred
        Assert.DoesNotContain("<image", File.ReadAllText(Path.Combine(_folder["killed"], "penalties.svg")));

        var compared =
            CommandLine.Run("compare", _folder["whole"], _folder["killed"], "--out", _folder["both"], "--json");
        Assert.Equal((0, ""), (compared.ExitCode, compared.Error));
        var all = JsonDocument.Parse(compared.Out).RootElement;
        Assert.Equal("accuracy", all.GetProperty("measure").GetString());
        Assert.StartsWith("entropy is not significantly better or worse than random. There are too few pairs",
            all.GetProperty("outcome").GetString(), StringComparison.Ordinal);
        // its own is replaced
        Assert.Equal(
            0, CommandLine.Run("compare", _folder["whole"], _folder["killed"], "--out", _folder["both"]).ExitCode);
        var titled = CommandLine.Run("compare", _folder["whole"], "--out", _folder["titled"], "--baseline", "entropy",
            "--title", "Both of <them>", "--json");
        Assert.Equal("entropy", JsonDocument.Parse(titled.Out).RootElement.GetProperty("baseline").GetString());
        Assert.Contains("Both of &lt;them&gt;", File.ReadAllText(Path.Combine(_folder["titled"], "report.html")));
        Assert.Contains(
            "no strategy 'margin' in these benches to compare with; there are: random, entropy",
            CommandLine.Run("compare", _folder["whole"], "--baseline", "margin", "--out", _folder["none"]).Error);
        Assert.Contains(
            "holds a bench, and the merged results would replace its own",
            CommandLine.Run("compare", _folder["whole"], "--out", _folder["killed"]).Error);
        Assert.Equal(
            ["entropy", "random"],
            all.GetProperty("strategies").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
    }

    [Fact]
    public void Bench_WhatCannotBeUsed_IsOneLineAndExitCodeOne()
    {
        Directory.CreateDirectory(_folder["full"]);
        File.WriteAllText(Path.Combine(_folder["full"], "thesis.txt"), "mine");
        foreach (var (problem, args) in new (string, string[])[]
        {
            ("no file nowhere.json; expected a bench configuration in JSON", ["bench", "nowhere.json"]),
            ("--jobs is 0; it must be 1..1024", Args("a", "--jobs", "0")),
            ("no data at 'nowhere'", Args("b", "--data", "nowhere")),
            ("holds no bench of vaal", Args("full")),
            ("is not empty and holds no comparison of vaal", ["compare", _folder["full"], "--out", _folder["full"]]),
            ("--out is empty", ["compare", _folder["full"], "--out", ""]),
            ("no bench.json in", ["compare", _folder["full"], "--out", _folder["c"]]),
            ("has 1 fault: line 2, bugdet: unknown key 'bugdet'; did you mean 'budget'?",
                ["bench",
                    _folder.Write(
                        "bad.json", "{ \"data\": \"embedded\", \"strategies\": [\"random\"],\n \"bugdet\": 3 }"),
                        "--out", _folder["d"]]),
        })
        {
            var outcome = CommandLine.Run(args);
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(problem, Assert.Single(outcome.ErrorLines));
        }
    }

    [Fact]
    public void Bench_RunsThatFail_AreNamedAndTheExitCodeIsOne()
    {
        var refused = CommandLine.Run("bench", Config(", \"withoutClasses\": [99]"), "--out", _folder["refused"]);
        Assert.Contains("pool: expected classes of small", refused.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal((1, "", false), (refused.ExitCode, refused.Out, Directory.Exists(_folder["refused/cells"])));

        using (BenchGrid.Open(BenchConfig.Read(Config()), _folder["failed"])) { }
        foreach (var strategy in new[] { "random", "entropy" })
            for (var seed = 1; seed <= 3; seed++)
                _folder.Write($"failed/cells/pool/{strategy}-{seed}/mine.txt", "mine");
        var outcome = CommandLine.Run(Args("failed"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("6 of 6 runs failed; no run of pool 'pool' has finished.", outcome.Out,
            StringComparison.Ordinal);
        Assert.StartsWith("vaal: 6 of 6 runs failed (", outcome.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("delete this folder to start the run again", outcome.ErrorLines[^1], StringComparison.Ordinal);
        Assert.EndsWith(
            "mend what this names, then run the same command again", outcome.ErrorLines[^1], StringComparison.Ordinal);
    }
}
