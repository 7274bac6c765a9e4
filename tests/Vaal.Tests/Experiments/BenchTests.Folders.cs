using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Tests.Experiments;

/// <summary>Folders of benchmarks: opened again and merged.</summary>
public sealed partial class BenchTests
{
    [Theory]
    [InlineData("\"seeds\": [1, 2], \"noise\": 0.5", "pools.pool.options.noise there is 0, here 0.5")]
    [InlineData("\"seeds\": [1, 2, 3]", "seeds there is [1,2], here [1,2,3]")]
    public void Open_ChangedConfig_IsRefusedWithTheDifference(string changes, string difference)
    {
        using (BenchGrid.Open(Config(), Out)) _folder.Write("out/cells/pool/random-1/rounds.json", "[]");
        var message = Assert.Throws<InputException>(() => BenchGrid.Open(Config(changes), Out)).Message;
        Assert.Contains(difference, message, StringComparison.Ordinal);
        using (BenchGrid.Open(Config(), Out))
            Assert.Contains(
                "another process works in", Assert.Throws<InputException>(() => BenchGrid.Open(Config(), Out)).Message,
                StringComparison.Ordinal);
    }

    // nothing is lost with a configuration that no run could begin with
    [Fact]
    public void Open_CorrectedConfigBeforeAnyRun_BeginsAnew()
    {
        Assert.StartsWith("pool: expected classes of small",
            Assert.Throws<InputException>(
                () => Run(Config("\"seeds\": [1], \"withoutClasses\": [99]", "\"random\""), Out)).Message,
            StringComparison.Ordinal);
        var (rows, failures) = Run(Config("\"seeds\": [1]", "\"random\""), Out);
        Assert.Equal((3, 0), (rows.Count, failures.Count));
        Assert.Contains(
            "another configuration",
            Assert.Throws<InputException>(() => BenchGrid.Open(Config("\"seeds\": [2]", "\"random\""), Out)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Merged_NoBenchOfOurs_IsOneLine()
    {
        _folder.Write("theirs/bench.json", "{}");
        Assert.EndsWith(
            "is damaged or not vaal's: it names no pools and strategies",
            Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["theirs"]])).Message,
            StringComparison.Ordinal);
        using (BenchGrid.Open(Config(), Out)) { }
        Assert.Equal(
            $"no run of {Out} has finished a round yet",
            Assert.Throws<InputException>(() => MergedBenches.Rows([Out])).Message);
    }

    [Fact]
    public void Open_FolderOfSomebodyElse_IsLeftAlone()
    {
        _folder.Write("out/thesis.txt", "mine");
        Assert.Contains(
            "holds no bench of vaal", Assert.Throws<InputException>(() => BenchGrid.Open(Config(), Out)).Message,
            StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(Out).Select(Path.GetFileName));
    }

    [Fact]
    public void Merged_TwoBenchesOfOneProtocol_AreTheBenchOfBoth()
    {
        var both = Run(Config(), _folder["both"]).Rows;
        Run(Config(strategies: "\"random\""), _folder["a"]);
        Run(Config(strategies: "\"margin\""), _folder["b"]);
        Assert.Equal(
            Essence(both).ToHashSet(),
            Essence(MergedBenches.Rows([_folder["a"], _folder["b"], _folder["both"]])).ToHashSet());
    }

    [Theory]
    [InlineData("\"seeds\": [3], \"noise\": 0.5", "pool.options.noise there is 0, here 0.5")]
    [InlineData("\"seeds\": [3], \"dataSeed\": 2", "pool.data.dataSeed there is 1, here 2")]
    public void Merged_OtherProtocol_IsRefusedWithTheDifference(string changes, string difference)
    {
        Run(Config("\"seeds\": [1]"), _folder["a"]);
        Run(Config(changes), _folder["b"]);
        Assert.Contains(
            difference, Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["a"], _folder["b"]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Merged_SameNameForAnotherStrategy_OrOtherImages_IsRefused()
    {
        Run(Config("\"seeds\": [1]", """{ "name": "s", "strategy": "margin" }"""), _folder["a"]);
        Run(Config("\"seeds\": [2]", """{ "name": "s", "strategy": "entropy" }"""), _folder["b"]);
        Assert.Contains(
            "s.strategy there is \"margin\", here \"entropy\"",
            Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["a"], _folder["b"]])).Message,
            StringComparison.Ordinal);
        var pool = Path.Combine(_folder["b"], "pools", "pool", "pool.json");
        File.WriteAllText(
            pool, File.ReadAllText(pool)
            .Replace("\"fingerprint\": \"", "\"fingerprint\": \"0", StringComparison.Ordinal));
        Assert.Contains(
            "pool.fingerprint there is",
            Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["a"], _folder["b"]])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no bench.json in", Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["nothing"]])).Message,
            StringComparison.Ordinal);
    }

    // a bench that was stopped before its second pool does not know that pool's images
    [Fact]
    public void Merged_PoolThatOneHasNotBegun_IsComparedByTheOthers()
    {
        var pools = "\"seeds\": [1], \"pools\": [{ \"name\": \"a\" }, { \"name\": \"b\", \"noise\": 0.2 }]";
        var whole = Run(Config(pools, "\"random\""), _folder["whole"]).Rows;
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => Run(
                Config(pools, "\"random\", \"margin\""), _folder["stopped"], finished: (_, _) =>
                    stop.Cancel(), cancel: stop.Token));
        Assert.False(Directory.Exists(Path.Combine(_folder["stopped"], "pools", "b")));
        Assert.Equal(
            Essence(whole).ToHashSet(),
            Essence(MergedBenches.Rows([_folder["stopped"], _folder["whole"]])).ToHashSet());
    }

    [Fact]
    public void Merged_RowWithoutAccuracy_IsNamed()
    {
        Run(Config("\"seeds\": [1]", "\"random\""), Out);
        var file = Path.Combine(Out, "results.json");
        File.WriteAllText(
            file, System.Text.RegularExpressions.Regex.Replace(
                File.ReadAllText(file), "\"accuracy\":[0-9.]+", "\"accuracy\":null"));
        Assert.Equal(
            $"{Out} has a row without an accuracy: pool/random-1, round 1",
            Assert.Throws<InputException>(() => MergedBenches.Rows([Out])).Message);
    }

    /// <summary>Tables that people or other programs put together: what would be read as something else.</summary>
    [Theory]
    [InlineData("strategy,seed,round,labelled,acc\nrandom,1,0,10,0.5\n", "has no column 'accuracy'; expected cells "
        + "that commas separate, and a first line such as strategy,seed,round,labelled,accuracy")]
    [InlineData("strategy;seed;round;labelled;accuracy\nrandom;1;0;10;0.5\n", "has no column 'strategy'")]
    [InlineData("strategy,seed,round,labelled,accuracy,accuracy\nrandom,1,0,10,0.5,1\n",
        "has the column 'accuracy' twice; expected it once")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,0,10,0.5\nrandom,1,1,20",
        "line 3: expected 5 cells, found 4; write the table again")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,0,10,\"0.5\n",
        "line 2: a quote is opened and never closed")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,0,10,50\n",
        "has the accuracy 50, and a share of 0 to 1 was expected: /random-1, round 1")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,0,10,0.5\nrandom,1,0,20,0.5\n",
        "has two rows of one round: /random-1, round 1")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,1,10,0.5\nrandom,1,2,20,0.5\n",
        "has no row of the round before: /random-1, round 2")]
    [InlineData("strategy,seed,round,labelled,accuracy\nrandom,1,0,10,0.5\nrandom,1,1,10,0.5\n",
        "has no more labels than the round before: /random-1, round 2")]
    [InlineData("strategy,seed,round,labelled,accuracy\n,1,0,10,0.5\n", "has a row without a strategy or a pool")]
    public void Merged_TableThatWouldBeMisread_IsOneLine(string text, string problem)
    {
        var file = _folder.Write("t.csv", text);
        var message = Assert.Throws<InputException>(() => MergedBenches.Rows([file])).Message;
        Assert.StartsWith($"{file} {problem}", message, StringComparison.Ordinal);
    }

    /// <summary>A run that one of two tables has farther counts once, with all of its rounds, in either
    /// order.</summary>
    [Fact]
    public void Merged_RunThatOneHasFarther_IsTheLongerOne()
    {
        const string head = "strategy,seed,round,labelled,accuracy\n", first = "random,1,0,10,0.5\n";
        var (begun, ended) =
            (_folder.Write("a.csv", head + first), _folder.Write("b.csv", head + first + "random,1,1,20,0.6\n"));
        Assert.Equal([10, 20], MergedBenches.Rows([begun, ended]).Select(r => r.Labelled));
        Assert.Equal([10, 20], MergedBenches.Rows([ended, begun]).Select(r => r.Labelled));
        var other = _folder.Write("c.csv", head + "random,1,0,11,0.5\n");
        Assert.Contains("differs: accuracy in round 1",
            Assert.Throws<InputException>(() => MergedBenches.Rows([ended, other])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench.json", """{"pools":{"a":null},"strategies":{}}""")]
    [InlineData("bench.json", """{"pools":{"a":{"options":{}}},"strategies":{}}""")]
    [InlineData("bench.json", """{"pools":{"a":{"data":{},"options":5}},"strategies":{}}""")]
    [InlineData("bench.json", """{"pools":{"a":{"data":{},"options":{"budget":"x"}}},"strategies":{}}""")]
    [InlineData("bench.json", """{"pools":{"a":{"data":{},"options":{}},"a":{}},"strategies":{}}""")]
    [InlineData("pools/a/pool.json", """{"fingerprint":""")]
    [InlineData("pools/a/pool.json", "[]")]
    public void Merged_DamagedBench_IsOneLine(string name, string text)
    {
        _folder.Write("b/bench.json", """{"pools":{"a":{"data":{},"options":{}}},"strategies":{}}""");
        var file = _folder.Write("b/" + name, text);
        var message = Assert.Throws<InputException>(() => MergedBenches.Rows([_folder["b"]])).Message;
        Assert.StartsWith($"{file} is damaged", message, StringComparison.Ordinal);
    }

    // a cache that had to be made anew is noted by the run that made it, and by no other
    [Fact]
    public void Run_PoolWithOtherNotesAndTheSameImages_GoesOn()
    {
        var rows = Run(Config("\"seeds\": [1]"), Out).Rows;
        var pool = Path.Combine(Out, "pools", "pool", "pool.json");
        var noted = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(pool))!;
        noted["notes"]!.AsArray().Add("the cache is made anew");
        File.WriteAllText(pool, noted.ToJsonString());
        Assert.Equal(rows.Select(AsJson.Of), Run(Config("\"seeds\": [1]"), Out).Rows.Select(AsJson.Of));
        File.WriteAllText(
            pool, File.ReadAllText(pool).Replace("\"images\":120", "\"images\":121", StringComparison.Ordinal));
        Assert.Contains(
            $"is not what the images of {SmallSet.Folder} give now",
            Assert.Throws<InputException>(() => Run(Config("\"seeds\": [1]"), Out)).Message, StringComparison.Ordinal);
    }

    /// <summary>The page, by which a folder of an older version is known, is its last file.</summary>
    [Fact]
    public void Compare_EndedHalfWay_MayBeDoneAgain()
    {
        const string results = "strategy,seed,round,labelled,accuracy\nrandom,1,0,10,0.5\nrandom,1,1,20,0.6\n";
        var rows = _folder.Write("rows.csv", results);
        BenchReport.Compare([rows], Out);
        Assert.False(File.Exists(Path.Combine(Out, "report.html")));
        BenchReport.Compare([rows], Out);
        _folder.Write("begun/..vaal-comparison.0123.tmp", "Compar");
        BenchReport.Compare([rows], _folder["begun"]);
        Assert.True(File.Exists(_folder["begun/results.csv"]));

        var theirs = _folder.Write("theirs/results.csv", results);
        Assert.Contains("is not empty and holds no comparison of vaal",
            Assert.Throws<InputException>(() => BenchReport.Compare([rows], _folder["theirs"])).Message,
            StringComparison.Ordinal);
        Assert.Equal(results, File.ReadAllText(theirs));
    }

    [Fact]
    public void Open_KilledWhileItWroteItsFirstFile_IsOpened()
    {
        _folder.Write("out/.bench.json.0123.tmp", "{");
        using (BenchGrid.Open(Config(), Out)) Assert.True(File.Exists(Path.Combine(Out, "bench.json")));
    }
}
