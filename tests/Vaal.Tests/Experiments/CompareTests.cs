using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Tests.Experiments;

/// <summary>What a comparison says of runs that are missing, or that cannot be paired.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Rows(
        string strategy, string pool = "p", int seed = 1, int rounds = 3, int first = 10, string cost = "") =>
        string.Concat(Enumerable.Range(0, rounds)
            .Select(r => $"{pool},{strategy},{seed},{r},{first + 10 * r},0.{5 + r},{cost}\n"));

    private string Table(string name, params string[] rows) =>
        _folder.Write(name, "pool,strategy,seed,round,labelled,accuracy,cost\n" + string.Concat(rows));

    private BenchSummary Compared(params string[] tables) => BenchReport.Compare(tables, _folder["out"]);

    /// <summary>Pairs of other numbers of labels compare nothing; only what a cost buys differs.</summary>
    [Fact]
    public void Compare_OtherLabelsThanTheOthers_IsRefused()
    {
        var (ours, theirs) = (Table("a.csv", Rows("random")), Table("b.csv", Rows("mine", first: 15)));
        Assert.Equal("expected the same labels in round 1 of pool 'p' with seed 1, found 10 of random and 15 of mine; "
            + "leave one of the two out", Assert.Throws<InputException>(() => Compared(ours, theirs)).Message);
        string[] paid = [Table("c.csv", Rows("random", cost: "5")), Table("d.csv", Rows("mine", first: 15, cost: "5"))];
        Assert.Equal(2, Compared(paid).Strategies.Count);
    }

    [Theory]
    [InlineData("", 1, 3, "mine: it has no pool of random: '' against 'p'.")]
    [InlineData("p", 101, 3, "mine: seeds 101 against 1..3 of random.")]
    [InlineData("p", 1, 2, "mine: 2 of 3 rounds.")]
    [InlineData("p", 1, 4, "mine: random has 3 of 4 rounds beside its runs.")]
    public void Compare_RowsWithoutAPair_SaysWhy(string pool, int seed, int rounds, string line)
    {
        var bench = Table("a.csv", Rows("random"), Rows("random", seed: 2), Rows("random", seed: 3));
        var summary = Compared(bench, Table("b.csv", Rows("mine", pool, seed, rounds)));
        Assert.Equal(line, summary.Outcome.Split('\n')[0]);
        Assert.StartsWith(line, BenchReport.Markdown(summary), StringComparison.Ordinal);
        var page = File.ReadAllText(BenchReport.Save(summary, _folder["out"]));
        Assert.Contains(Html.Escape(line), page, StringComparison.Ordinal);
        Assert.Contains("Merged from a.csv, b.csv. The protocol of a.csv, b.csv was not checked.", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Outcome_AllPaired_SaysNothingMore()
    {
        var summary = Compared(Table("a.csv", Rows("random"), Rows("mine")));
        Assert.Empty(summary.Unpaired);
        Assert.Single(summary.Outcome.Split('\n'));
    }

    [Fact]
    public void Outcome_RunsThatFailed_BeginsWithTheirNumber()
    {
        var rows = MergedBenches.Rows([Table("a.csv", Rows("random"), Rows("mine"))]);
        var summary = BenchSummary.Of(rows, wanted: 4, failures:
            [new("p", "mine", 2, "x"), new("fails", "random", 1, "x"), new("fails", "mine", 1, "x")]);
        const string line = "3 of 4 runs failed; no run of pool 'fails' has finished.";
        Assert.Equal(line, summary.Outcome.Split('\n')[0]);
        Assert.StartsWith(line, BenchReport.Markdown(summary), StringComparison.Ordinal);
    }

    [Fact]
    public void Outcome_NoRunOfTheBaseline_SaysHowToCompare()
    {
        var rows = MergedBenches.Rows([Table("a.csv", Rows("margin"), Rows("mine"))]);
        Assert.Equal("No run of random has finished, so nothing can be said. "
            + "'vaal compare FOLDER --baseline NAME --out NEW' compares with another strategy.",
            BenchSummary.Of(rows).Outcome);
        Assert.Contains("margin", BenchSummary.Of(rows, "margin").Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_WhereNoFolderCanBeMade_IsOneLine()
    {
        var table = Table("a.csv", Rows("random"));
        var output = Path.Combine(_folder.Write("file", "text"), "out");
        foreach (var make in new Action[]
        {
            () => BenchReport.Compare([table], output),
            () => DemoReport.Check(output),
        })
            Assert.StartsWith($"cannot make the folder {output}: ",
                Assert.Throws<InputException>(make).Message, StringComparison.Ordinal);
    }

    /// <summary>The figure and the tables call the corrected p alike.</summary>
    [Fact]
    public void Save_CorrectedP_IsCalledSoInTheFigureToo()
    {
        var summary = Compared(Table("a.csv", Rows("random"), Rows("mine"), Rows("random", seed: 2),
            Rows("mine", seed: 2)));
        BenchReport.Save(summary, _folder["out"]);
        Assert.Contains(
            "; p, Holm = 1.000", File.ReadAllText(_folder["out/differences.svg"]), StringComparison.Ordinal);
    }
}
