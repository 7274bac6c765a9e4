using Microsoft.Data.Sqlite;
using Vaal.Encoders;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Tests.Experiments;

/// <summary>A bench over images with several classes each: mean AP and macro F1 in every file that it leaves.</summary>
[Collection(RunsAlone.Name)]
[Trait("Category", "Slow")]
public sealed class MultiLabelBenchTests : IDisposable
{
    private const string Encoder = "bands-of-bench-tests";
    private readonly TemporaryFolder _folder = new();

    public MultiLabelBenchTests()
    {
        PretrainedEncoders.Register(Encoder, "mean of each band", () => new BandImages.Encoder());
        Write("train", 0, 60);
        Write("test", 1_000, 30);

        void Write(string part, int from, int count)
        {
            var table = $"filename,{string.Join(',', BandImages.Names)}\n";
            for (var id = from; id < from + count; id++)
            {
                var (pixels, set) = (BandImages.Picture(id), BandImages.SetOf(id));
                _folder.Write($"data/{part}/{id}.png", TestImages.Grey(32, 32, (x, y) => pixels[y * 32 + x]));
                table += $"{id}.png,{string.Join(',', Enumerable.Range(0, 3).Select(k => set.Contains(k) ? 1 : 0))}\n";
            }
            _folder.Write($"data/{part}/_classes.csv", table);
        }
    }

    public void Dispose()
    {
        PretrainedEncoders.Unregister(Encoder);
        _folder.Dispose();
    }

    private string Json(string strategies, string seeds = "1, 2") => $$"""
        { "data": {{AsJson.Of(_folder["data"])}}, "initial": 10, "budget": 5, "rounds": 3, "seeds": [{{seeds}}],
          "features": "{{Encoder}}", "task": { "model": "linear" }, "strategies": [{{strategies}}] }
        """;

    private BenchConfig Config(string strategies = "\"random\", \"coverage\", \"entropy\"", string seeds = "1, 2") =>
        BenchConfig.Parse(Json(strategies, seeds));

    private static IEnumerable<object> Essence(IEnumerable<ResultRow> rows) =>
        rows.Select(r => (object)(r.Strategy, r.Seed, r.Round, r.Labelled, r.Accuracy, r.MacroF1));

    [Fact]
    public void Run_Stopped_GoesOnToTheSameRows()
    {
        var whole = BenchTests.Run(Config(), _folder["whole"]);
        Assert.Empty(whole.Failures);
        Assert.Equal(18, whole.Rows.Count);
        Assert.All(whole.Rows, r => Assert.InRange(r.MacroF1!.Value, 0, 1));
        using var stop = new CancellationTokenSource();
        var rounds = 0;
        Assert.Throws<OperationCanceledException>(() => BenchTests.Run(
            Config(), _folder["stopped"], finished: (_, _) => { if (++rounds == 4) stop.Cancel(); },
            cancel: stop.Token));
        Assert.Equal(4, ResultsFile.Read<ResultRow>(_folder["stopped"]).Count);
        Assert.Equal(Essence(whole.Rows), Essence(BenchTests.Run(Config(), _folder["stopped"]).Rows));
    }

    [Fact]
    public void Results_CsvJsonAndSqlite_HaveMacroF1_WhichThoseOfOneClassLack()
    {
        var rows = BenchTests.Run(Config(seeds: "1"), _folder["out"]).Rows;
        var csv = Path.Combine(_folder["out"], "results.csv");
        Assert.EndsWith(",pixelAccuracy,macroF1", File.ReadLines(csv).First(), StringComparison.Ordinal);
        Assert.Equal(rows.Select(AsJson.Of), ResultsFile.ReadCsv<ResultRow>(csv).Select(AsJson.Of));
        Assert.Equal(rows.Select(AsJson.Of), ResultsFile.Read<ResultRow>(_folder["out"]).Select(AsJson.Of));
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_folder["out"], "results.sqlite")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select macroF1 from results order by rowid";
        using (var reader = command.ExecuteReader())
            foreach (var row in rows)
            {
                Assert.True(reader.Read());
                Assert.Equal(row.MacroF1, reader.GetDouble(0));
            }

        var one = rows.Select(r => new ResultRow { Strategy = r.Strategy, Seed = 1, Round = r.Round, Accuracy = 0.5 });
        ResultsFile.Write(_folder["one"], [.. one]);
        Assert.EndsWith(",pixelAccuracy", File.ReadLines(Path.Combine(_folder["one"], "results.csv")).First(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("macroF1", File.ReadAllText(Path.Combine(_folder["one"], "results.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Report_SeveralClasses_SaysMeanApAndMacroF1()
    {
        var rows = BenchTests.Run(Config(), _folder["out"]).Rows;
        var summary = BenchReport.Compare([_folder["out"]], _folder["compared"]);
        Assert.Equal("mean AP", summary.Measure);
        var coverage = summary.Strategies.Single(s => s.Name == "coverage");
        double Area(Func<ResultRow, double> of, long seed)
        {
            double[] v = [.. rows.Where(r => r.Strategy == "coverage" && r.Seed == seed).Select(of)];
            return (v[0] / 2 + v[1] + v[2] / 2) / 2;
        }
        Assert.Equal((Area(r => r.Accuracy, 1) + Area(r => r.Accuracy, 2)) / 2, coverage.Area.Estimate, 1e-12);
        Assert.Equal(
            (Area(r => r.MacroF1!.Value, 1) + Area(r => r.MacroF1!.Value, 2)) / 2, coverage.MacroF1!.Value.Estimate,
            1e-12);

        var page = File.ReadAllText(BenchReport.Save(summary, _folder["compared"]));
        Assert.Contains("<th>mean AP (95% CI)</th>", page, StringComparison.Ordinal);
        Assert.Contains("<th>macro F1 (95% CI)</th>", page, StringComparison.Ordinal);
        Assert.Contains("Mean AP against the number of labels", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ccuracy", page, StringComparison.Ordinal);
        string[] table = File.ReadAllLines(Path.Combine(_folder["compared"], "table.md"));
        Assert.StartsWith("**pool**: test mean AP in %", table[0], StringComparison.Ordinal);
        Assert.Contains(table, line => line.EndsWith("| penalty | macro F1 |", StringComparison.Ordinal));
        Assert.Contains("test mean AP", File.ReadAllText(Path.Combine(_folder["compared"], "learning-curves-pool.svg")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("badge", "pool/badge: the strategy badge chooses by the one class of an image, and these have several")]
    [InlineData("drop-query", "pool/drop-query: the strategy drop-query chooses by the one class of an image")]
    public void Run_StrategyOfOneClass_IsRefusedBeforeTheFirstRun_AndMayBeCorrected(string strategy, string problem)
    {
        var refused = Config($"\"random\", \"{strategy}\"");
        var e = Assert.Throws<InputException>(() => BenchTests.Run(refused, _folder["out"]));
        Assert.StartsWith(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.False(Directory.Exists(Path.Combine(_folder["out"], "cells")));
        Assert.Equal(6, BenchTests.Run(Config("\"random\""), _folder["out"]).Rows.Count);
    }

    /// <summary>A cluster that must not be asked.</summary>
    private sealed class Never : IBenchRunner
    {
        void IBenchRunner.Run(string folder, IReadOnlyList<BenchTask> tasks, Action<int, RoundResult> finished,
            Action<int, string> failed, Action<TrainEvent>? report, CancellationToken cancel) =>
            Assert.Fail("expected no run, found some");
    }

    [Fact]
    public void Run_StrategyOfOneClassOnACluster_IsRefusedBeforeTheClusterIsAsked()
    {
        using var bench = BenchGrid.Open(Config("\"random\", \"badge\""), _folder["out"], runner: new Never());
        var e = Assert.Throws<InputException>(() => bench.Run());
        Assert.StartsWith("pool/badge: the strategy badge chooses by the one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_SimulateAndBench_PrintMeanApAndMacroF1()
    {
        string[] small = ["simulate", "--data", _folder["data"], "--task-epochs", "0", "--initial", "10", "-n", "5",
            "--rounds", "2", "--task-min-iterations", "3"];
        var outcome = CommandLine.Run([.. small, "--strategy", "random", "--out", _folder["run"]]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Matches(@"^round +labels +mean AP +macro F1 +train s", outcome.Out);
        Assert.Matches(@"round 1/2: 10 labels, mean AP \d+\.\d\d%, macro F1 \d+\.\d\d%", outcome.Error);
        Assert.EndsWith(",macroF1", File.ReadLines(Path.Combine(_folder["run"], "results.csv")).First(),
            StringComparison.Ordinal);

        foreach (var (more, problem) in new (string[], string)[]
        {
            (["--strategy", "badge"], "the strategy badge chooses by the one class of an image"),
            (["--strategy", "random", "--noise", "0.2"], "noise and labels from a file need one class per image"),
            (["--strategy", "random", "--imbalance", "10"], "have several classes each; a long tail is made of"),
        })
        {
            var refused = CommandLine.Run([.. small, .. more, "--out", _folder["no"]]);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
            Assert.Contains(problem, refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["no"]));
        }

        var config = _folder.Write("bench.json", Json("\"random\", \"margin\"", "1").Replace(
            $"\"features\": \"{Encoder}\", \"task\": {{ \"model\": \"linear\" }}",
            "\"task\": { \"epochs\": 0, \"minIterations\": 3 }", StringComparison.Ordinal));
        var bench = CommandLine.Run("bench", config, "--out", _folder["bench"]);
        Assert.True(bench.ExitCode == 0, bench.Error);
        Assert.Matches(@"^strategy .* select s +macro F1", bench.Out);
        Assert.Contains("mean: mean AP in %, averaged over the budget", bench.Out, StringComparison.Ordinal);
    }
}
