using System.Text.Json.Nodes;
using CsCheck;
using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

public sealed class ResultsFileTests : IDisposable
{
    private sealed record Row(string Strategy, int Seed, int Labels, double Accuracy, double? Low = null);

    private readonly string _folder = Directory.CreateTempSubdirectory("vaal-results-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_Rows_AreTheSameInCsvAndJson()
    {
        ResultsFile.Write(
            _folder, [new Row("vaal, \"own\"", 1, 100, 0.1 + 0.2, 0.25), new Row("random", 2, 100, double.NaN)]);
        Assert.Equal(
            "strategy,seed,labels,accuracy,low\n\"vaal, \"\"own\"\"\",1,100,0.30000000000000004,0.25\nrandom,2,100,,\n",
            File.ReadAllText(Path.Combine(_folder, "results.csv")));
        Assert.Equal(
            """
            [
            {"strategy":"vaal, \"own\"","seed":1,"labels":100,"accuracy":0.30000000000000004,"low":0.25},
            {"strategy":"random","seed":2,"labels":100,"accuracy":null,"low":null}
            ]

            """.ReplaceLineEndings("\n"), File.ReadAllText(Path.Combine(_folder, "results.json")));
    }

    /// <summary>Every column with a number of its own: none can stand for another.</summary>
    [Fact]
    public void Row_OfARound_HasEachNumberInItsColumn()
    {
        var health = new RankingHealth(0.1, 2, 0.3, 0.4, 0.5);
        var round = new RoundResult(6, 7, 0.8, [], 9, 10, health, trainSeconds: 11, peakBytes: 12 << 20, cost: 13)
        {
            Masks = new(0.8, 0.14, []),
            MultiLabel = new(0.8, 0.15, []),
        };
        var row = JsonNode.Parse(AsJson.Of(ResultRow.Of("s", 1, round, "p")))!.AsObject();
        Assert.Equal(
            "accuracy 0.8, activeUnits 2, cost 13, heldOutAuc 0.1, kl 0.3, labelled 7, macroF1 0.15, meanImageMse 0.5, "
            + "peakMebibytes 12, pixelAccuracy 0.14, pool \"p\", reconstructionMse 0.4, round 6, seed 1, "
            + "selectSeconds 10, strategy \"s\", taskSeconds 9, trainSeconds 11",
            string.Join(", ", row.OrderBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => $"{c.Key} {c.Value!.ToJsonString()}")));
    }

    [Fact]
    public void Write_NoRows_StillNamesTheColumns()
    {
        ResultsFile.Write(_folder, Array.Empty<Row>());
        Assert.Equal("strategy,seed,labels,accuracy,low\n", File.ReadAllText(Path.Combine(_folder, "results.csv")));
        Assert.Empty(ResultsFile.Read<Row>(_folder));
    }

    [Fact]
    public void Read_AnyRows_AreWhatWasWritten() =>
        Gen.Select(
            Gen.String[Gen.Char["ab,\"\r\nµ 漢"], 0, 8], Gen.Int, Gen.Int, Gen.Double, (s, a, b, d) =>
                new Row(s, a, b, double.IsInfinity(d) ? double.NaN : d)).Array[0, 5].Sample(rows =>
        {
            ResultsFile.Write(_folder, rows);
            return rows.SequenceEqual(ResultsFile.Read<Row>(_folder));
        }, iter: 20, threads: 1);

    [Fact]
    public void ReadCsv_CommittedRows_AreThoseOfTheJson()
    {
        var folder = Path.Combine(Repository.Root, "docs", "results", "fashion-mnist-again");
        var csv = ResultsFile.ReadCsv<ResultRow>(Path.Combine(folder, "results.csv"));
        Assert.Equal(ResultsFile.Read<ResultRow>(folder).Select(AsJson.Of), csv.Select(AsJson.Of));
    }

    [Fact]
    public void ReadCsv_ANumberThatIsNone_NamesTheLine()
    {
        var path = Path.Combine(_folder, "results.csv");
        File.WriteAllText(path, "strategy,seed,labels,accuracy\nvaal,,100,0.5\n");
        Assert.EndsWith("line 2: expected numbers in the columns of numbers, found '' in seed",
            Assert.Throws<InputException>(() => ResultsFile.ReadCsv<Row>(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "strategy,seed,labels,accuracy\nvaal,1,100,0.5\nvaal,2,many,0.5\n");
        var message = Assert.Throws<InputException>(() => ResultsFile.ReadCsv<Row>(path)).Message;
        Assert.Equal($"{path} line 3: expected numbers in the columns of numbers, found 'many' in labels", message);
    }

    [Fact]
    public void Read_MissingOrDamaged_IsOneClearLine()
    {
        Assert.Contains(
            "no results.json in " + _folder, Assert.Throws<InputException>(() => ResultsFile.Read<Row>(_folder))
            .Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "results.json"), "[null]");
        Assert.EndsWith("holds null; expected a list of rows",
            Assert.Throws<InputException>(() => ResultsFile.Read<Row>(_folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "results.json"), "[\n{\"strategy\":");
        Assert.Contains(
            "damaged", Assert.Throws<InputException>(() => ResultsFile.Read<Row>(_folder)).Message,
            StringComparison.Ordinal);
    }
}
