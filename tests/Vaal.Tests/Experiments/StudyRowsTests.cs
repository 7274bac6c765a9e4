using Vaal.Bench;

namespace Vaal.Tests.Experiments;

/// <summary>A study that goes on keeps what it has measured.</summary>
public sealed class StudyRowsTests : IDisposable
{
    private static readonly Dictionary<string, int> _rounds = new() { ["long tail"] = 3, ["from zero"] = 2 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The first run's pool was empty after two of three batches.</summary>
    [Fact]
    public void Finished_RunThatEmptiedItsPool_Stays()
    {
        var text = Text(("long tail", 1, 2), ("from zero", 1, 2));
        var file = _folder.Write("rows.csv", text);
        var rows = StudyRows.Finished(file, _rounds);
        Assert.Equal(["long tail", "long tail", "from zero", "from zero"], rows.Select(r => r.Setting));
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("from zero,tiles,random,2,0,10,0.5000\n")]
    [InlineData("from zero,tiles,random,2,0,10,0.5000\nfrom zero,tiles,ran")]
    [InlineData("from zero,tiles,ran")]
    public void Finished_LastRunThatWasStopped_IsLeftOutAlone(string stopped)
    {
        var whole = Text(("long tail", 1, 2), ("from zero", 1, 2));
        var file = _folder.Write("rows.csv", whole + stopped);
        Assert.Equal(4, StudyRows.Finished(file, _rounds).Count);
        Assert.Equal(whole, File.ReadAllText(file));
    }

    [Fact]
    public void Finished_RowsOfAnotherSetting_AreRefusedAndStay()
    {
        var text = Text(("bursts", 1, 2), ("from zero", 1, 2));
        var file = _folder.Write("rows.csv", text);
        var refused = Assert.Throws<InputException>(() => StudyRows.Finished(file, _rounds));
        Assert.StartsWith($"{file}: no setting 'bursts'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(file));
    }

    private static string Text(params (string Setting, int Seed, int Rows)[] runs) =>
        "setting,data,strategy,seed,round,labels,accuracy\n" + string.Concat(
            from run in runs
            from round in Enumerable.Range(0, run.Rows)
            select $"{run.Setting},tiles,random,{run.Seed},{round},{10 * (round + 1)},0.5000\n");
}
