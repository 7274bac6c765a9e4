using Microsoft.Data.Sqlite;
using Vaal.Data;
using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

[Trait("Category", "Slow")]
public sealed partial class BenchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder["out"];

    public void Dispose() => _folder.Dispose();

    internal static BenchConfig Config(
        string changes = "\"seeds\": [1, 2]", string strategies = "\"random\", \"margin\"") => BenchConfig.Parse($$"""
        { "data": "{{SmallSet.Folder}}", "images": 120, "initial": 20, "budget": 10, "rounds": 3,
          "task": { "epochs": 0, "minIterations": 2 }, "strategies": [{{strategies}}], {{changes}} }
        """);

    internal static (IReadOnlyList<ResultRow> Rows, IReadOnlyList<BenchFailure> Failures) Run(
        BenchConfig config, string folder, int jobs = 1, Action<string, RoundResult>? finished = null,
        CancellationToken cancel = default)
    {
        using var bench = BenchGrid.Open(config, folder);
        var summary = bench.Run(jobs, finished: finished, cancel: cancel);
        return (summary.Rows, summary.Failures);
    }

    private static IEnumerable<object> Essence(IEnumerable<ResultRow> rows) =>
        rows.Select(r => (object)(r.Pool, r.Strategy, r.Seed, r.Round, r.Labelled, r.Accuracy));

    [Fact]
    public void Run_StoppedAtAnyRound_GoesOnToTheSameResults()
    {
        var whole = Run(Config(), _folder["whole"]).Rows;
        Assert.Equal(12, whole.Count);
        for (var at = 1; at < 12; at += 4)
        {
            using var stop = new CancellationTokenSource();
            var (rounds, folder) = (0, _folder[$"stopped-{at}"]);
            Assert.Throws<OperationCanceledException>(
                () => Run(
                    Config(), folder, finished: (_, _) => { if (++rounds == at) stop.Cancel(); }, cancel: stop.Token));
            Assert.Equal(rounds, ResultsFile.Read<ResultRow>(folder).Count);
            Assert.Equal(Essence(whole), Essence(Run(Config(), folder).Rows));
        }
    }

    [Fact]
    public void Run_TwoAtOnceThenAgain_TellsWhoseEventsTheyAreAndWhatIsOld()
    {
        var (heard, finished, old) =
            (new System.Collections.Concurrent.ConcurrentBag<string?>(), new List<string>(), new List<string>());
        for (var start = 0; start < 2; start++)
        {
            using var bench = BenchGrid.Open(Config(), Out);
            bench.Run(
                2, (cell, _) => heard.Add(cell), (cell, round) =>
                    finished.Add($"{cell} {round.Round}"), (cell, rounds) =>
                        old.AddRange(rounds.Select(r => $"{cell} {r.Round}")));
        }
        string[] cells = ["pool/margin-1", "pool/margin-2", "pool/random-1", "pool/random-2"];
        Assert.Equal(cells, heard.OfType<string>().Distinct().Order());
        Assert.Equal(from cell in cells from round in (int[])[0, 1, 2] select $"{cell} {round}", finished.Order());
        // the second start ran none again
        Assert.Equal(finished.Order(), old.Order());
    }

    [Fact]
    public void Run_TwoAtOnce_ComesToTheSameCellsAsOneAfterTheOther()
    {
        var (one, two) = (Run(Config(), _folder["one"]).Rows, Run(Config(), _folder["two"], jobs: 2).Rows);
        Assert.Equal(
            one.Select(r => (r.Strategy, r.Seed, r.Round, r.Labelled)),
            two.Select(r => (r.Strategy, r.Seed, r.Round, r.Labelled)));
        // sums are cut otherwise between threads
        Assert.All(one.Zip(two), p => Assert.Equal(p.First.Accuracy, p.Second.Accuracy, 0.05));
        Assert.All(two, r => Assert.Null(r.PeakMebibytes));
        if (OperatingSystem.IsLinux())
            Assert.All(one.Where(r => r.Round < 2), r => Assert.InRange(r.PeakMebibytes!.Value, 20, 20_000));
    }

    [Fact]
    public void Run_FirstRound_TrainsOneTaskModelForAllStrategies()
    {
        var (config, trained, kept) = (Config("\"seeds\": [1]"), 0, 0);
        using (var bench = BenchGrid.Open(config, Out))
        {
            bench.Run(1, (_, e) => trained += e.Phase == "training task model" && e.Done == e.Total
                ? 1
                : 0, (_, _) => kept = Kept());
            Assert.Equal(1, kept);
            // of two strategies, three rounds
            Assert.Equal(5, trained);
        }
        Assert.Equal(0, Kept());
        // the second strategy, which took its first task model over
        var margin = config.Cells.Last().Options;
        using var data = new BenchData { Data = SmallSet.Folder, Images = 120 }.Load();
        using var cell =
            RunFolder.Open(Path.Combine(Out, "cells", "pool", "margin-1"), margin, data.Name, data.Fingerprint);
        Assert.Equal(
            new ActiveLearningLoop(margin, data).Run().Select(r => (r.Accuracy, string.Join(' ', r.Picks))),
            cell.Rounds().Select(r => (r.Accuracy, string.Join(' ', r.Picks))));

        int Kept() => Directory.GetFiles(Path.Combine(Out, "pools", "pool"), "*.safetensors").Length;
    }

    [Fact]
    public void Run_AllStrategiesOfASeed_BeginWithTheStoredImages()
    {
        var rows = Run(Config(), Out).Rows;
        using var data = new BenchData { Data = SmallSet.Folder, Images = 120 }.Load();
        foreach (var seed in new[] { 1, 2 })
        {
            int[] stored =
                [.. File.ReadAllLines(Path.Combine(Out, "pools", "pool", $"initial-{seed}.txt")).Select(int.Parse)];
            Assert.Equal(20, stored.Distinct().Count());
            // four classes, five of each
            Assert.Equal(5, stored.GroupBy(id => data.Pool.Classes[id]).Select(g => g.Count()).Distinct().Single());
            Assert.Single(rows.Where(r => r.Seed == seed && r.Round == 0).Select(r => r.Accuracy).Distinct());
        }
        var file = Path.Combine(Out, "pools", "pool", "initial-2.txt");
        File.AppendAllText(file, "7\n");
        Assert.Contains(
            file, Assert.Throws<InputException>(() => Run(Config(), Out)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_OfSqliteAndCsv_AreTheRows()
    {
        var rows = Run(Config(), Out).Rows;
        Assert.Equal(rows.Select(AsJson.Of), ResultsFile.Read<ResultRow>(Out).Select(AsJson.Of));
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Out, "results.sqlite")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "select strategy, seed, round, labelled, accuracy, heldOutAuc from results order by rowid";
        using var reader = command.ExecuteReader();
        foreach (var row in rows)
        {
            Assert.True(reader.Read());
            Assert.Equal(
                (row.Strategy, row.Seed, row.Round, row.Labelled, row.Accuracy, true),
                (reader.GetString(0), reader.GetInt64(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetDouble(4),
                    reader.IsDBNull(5)));
        }
        Assert.False(reader.Read());
    }

    [Fact]
    public void Run_CellThatFails_IsRecordedTheOthersGoOnAndTheNextStartTriesItAgain()
    {
        var broken = Path.Combine(Out, "cells", "pool", "margin-1");
        Directory.CreateDirectory(_folder["out"]);
        using (BenchGrid.Open(Config(), Out)) { }
        Directory.CreateDirectory(broken);
        File.WriteAllText(Path.Combine(broken, "thesis.txt"), "not ours");
        var (rows, failures) = Run(Config(), Out);
        Assert.Equal(
            ("pool", "margin", 1L), (failures.Single().Pool, failures.Single().Strategy, failures.Single().Seed));
        Assert.Contains("holds no run of vaal", failures.Single().Error, StringComparison.Ordinal);
        Assert.Equal(9, rows.Count);
        Assert.Equal("not ours", File.ReadAllText(Path.Combine(broken, "thesis.txt")));
        Directory.Delete(broken, recursive: true);
        (rows, failures) = Run(Config(), Out);
        Assert.Equal((12, 0), (rows.Count, failures.Count));
    }

    [Fact]
    public void WithImages_Seed_DecidesWhichStay()
    {
        using DataSet a = TinyImages.Data(100)
            .WithImages(30, 1), b = TinyImages.Data(100).WithImages(30, 1), other = TinyImages.Data(100)
                .WithImages(30, 2);
        Assert.Equal((30, 20), (a.Pool.Count, a.Test!.Count));
        Assert.Equal(a.Fingerprint, b.Fingerprint);
        Assert.NotEqual(a.Fingerprint, other.Fingerprint);
        Assert.Contains(
            "images are 31; it must be 1..30", Assert.Throws<InputException>(() => a.WithImages(31, 1)).Message,
            StringComparison.Ordinal);
    }
}
