using Vaal.Data.Features;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary><c>vaal check</c>: what is damaged is named, and made again where it can be.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private static readonly string _digest = new('a', 64);
    private readonly TemporaryFolder _folder = new();

    public CheckCommandTests()
    {
        for (var i = 0; i < 4; i++) _folder.Write($"{i}.png", Pictures.Random(i));
        using var w = Workspace.Create(_folder.Path);
        w.Index(new() { NearDuplicates = 0, Encoder = "none" });
        w.Label(1, "cat", [], "ann", "page");
    }

    public void Dispose() => _folder.Dispose();

    private string Cache => _folder[".vaal/64-crop-rgb.pixels"];

    private string Features => _folder[".vaal/features/x.features"];

    private CheckReport Check(bool repair = false) => Workspace.Check(_folder.Path, repair);

    private static void Damage(string path, long at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 0xff;
        File.WriteAllBytes(path, bytes);
    }

    private void WriteFeatures()
    {
        using var file = FeatureFile.Open(Features, _digest, 2);
        file.BeginWriting(TimeSpan.Zero, default);
        for (var i = 0; i < 3; i++)
            file.Append([new((UInt128)i, (UInt128)(10 + i))], [(Half)i, (Half)(i + 0.5)], []);
    }

    [Fact]
    public void Check_WholeWorkspace_IsSound()
    {
        WriteFeatures();
        var report = Check();
        Assert.True(report.Sound);
        Assert.Empty(report.Files.Concat(report.Database).Concat(report.Made));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(-1)]
    public void Check_DamagedCache_IsNamedAndMadeAgain(int at)
    {
        var before = File.ReadAllBytes(Cache);
        Damage(Cache, at < 0 ? before.Length + at : at);
        if (at == 100) File.WriteAllBytes(Cache, before[..5000]);
        var found = Check();
        Assert.StartsWith(Cache, Assert.Single(found.Made), StringComparison.Ordinal);
        Assert.False(found.Sound);
        Assert.True(Check(repair: true).Sound);
        Assert.Equal(before, File.ReadAllBytes(Cache));
        Assert.True(Check().Sound);
    }

    /// <summary>Also where the block says that it is one, or how many rows it has.</summary>
    [Theory]
    [InlineData(60), InlineData(0), InlineData(4)]
    public void Check_DamagedFeatures_LoseOnlyTheRowsThatAreDamaged(int at)
    {
        WriteFeatures();
        Damage(Features, 4096 + at);                                                 // in the first block
        Assert.Contains("1 part of ", Assert.Single(Check().Made), StringComparison.Ordinal);
        Assert.True(Check(repair: true).Sound);
        Assert.True(Check().Sound);
        using var file = FeatureFile.Open(Features, _digest, 2);
        Assert.Equal([-1, 0, 1], new[] { 10, 11, 12 }.Select(stamp => file.RowOf((UInt128)stamp)));
        using var rows = file.Rows([0, 1], new Dictionary<int, string>());
        Assert.Equal([1, 1.5f, 2, 2.5f], rows.Rows([0, 1]));
        Assert.Null(file.Note);
    }

    [Fact]
    public void Check_FeaturesWithoutAHeader_AreDeleted()
    {
        WriteFeatures();
        Damage(Features, 3);
        Assert.False(Check().Sound);
        Assert.True(Check(repair: true).Sound);
        Assert.False(File.Exists(Features));
    }

    [Fact]
    public void Check_FilesGoneAndChanged_AreNamed()
    {
        File.Delete(_folder["0.png"]);
        _folder.Write("1.png", Pictures.Random(77));
        File.SetLastWriteTimeUtc(_folder["1.png"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(
        [
            "0.png is not there any more; 'vaal init' updates the index",
            "1.png has changed since it was indexed; 'vaal init' updates the index",
        ], Check().Files);
    }

    [Fact]
    public void Check_DamagedDatabase_IsNamedAndRepairLeavesItAlone()
    {
        using (var db = new Database(_folder[".vaal/vaal.db"])) db.Execute("update labels set at = 'soon'");
        var before = File.ReadAllBytes(_folder[".vaal/vaal.db"]);
        var report = Check(repair: true);
        Assert.StartsWith("table labels, row image 1: at is 'soon'; expected a moment", report.Database[0],
            StringComparison.Ordinal);
        Assert.False(report.Sound);
        Assert.Equal(before, File.ReadAllBytes(_folder[".vaal/vaal.db"]));
    }

    [Fact]
    public void Check_SaysHowFarItIs()
    {
        WriteFeatures();
        var events = new List<TrainEvent>();
        Assert.True(Workspace.Check(_folder.Path, report: events.Add).Sound);
        Assert.Equal(["checking the database", "checking decoded images", "checking features, MiB",
            "checking image files"], events.Select(e => e.Phase).Distinct());
        Assert.All(events, e => Assert.InRange(e.Done, 0, e.Total));
    }

    [Fact]
    public void Check_Stopped_EndsInTheDatabase()
    {
        using var stop = new CancellationTokenSource();
        var phases = new List<string>();
        Assert.ThrowsAny<OperationCanceledException>(() => Workspace.Check(_folder.Path, report: Heard,
            cancel: stop.Token));
        Assert.Equal("checking the database", Assert.Single(phases));

        void Heard(TrainEvent e)
        {
            phases.Add(e.Phase);
            stop.Cancel();
        }
    }

    /// <summary>Such as SQLite's own check of a large file, which would take days here.</summary>
    [Fact]
    public void Query_Stopped_EndsAStatementUnderWay()
    {
        using var db = new Database(_folder["x.db"]);
        using var stop = new CancellationTokenSource(50);
        db.StopOn(stop.Token);
        Assert.ThrowsAny<OperationCanceledException>(() => db.Number(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000000000) "
            + "select max(i) from n"));
    }

    /// <summary>Whoever may not write to it must not think that it is damaged.</summary>
    [Fact]
    public void Check_DatabaseThatCannotBeOpened_IsNotCalledDamaged()
    {
        Assert.True(Database.IsRefusal(Assert.Throws<InputException>(() => new Database(_folder["none/vaal.db"]))));
        var text = _folder.Write("text.db", new string('x', 4096));
        Assert.False(Database.IsRefusal(Assert.Throws<InputException>(() => new Database(text))));
        // Windows has no such modes, and to root nothing is read-only
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) return;
        File.SetUnixFileMode(_folder[".vaal/vaal.db"], UnixFileMode.None);
        File.SetUnixFileMode(_folder[".vaal"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.StartsWith($"the workspace cannot be checked: {_folder[".vaal/vaal.db"]} ",
                Assert.Throws<InputException>(() => Check()).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_folder[".vaal"],
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Program_Check_EndsWithOneWhereSomethingIsWrong()
    {
        var sound = CommandLine.Run("check", "--workspace", _folder.Path);
        Assert.Equal((0, "database, images, caches and features are whole\n"), (sound.ExitCode, sound.Out));
        Damage(Cache, 5000);
        var damaged = CommandLine.Run("check", "-q", "--workspace", _folder.Path);
        Assert.Equal((1, ""), (damaged.ExitCode, damaged.Error));
        Assert.Contains("block 1 is damaged\nrun 'vaal check --repair' to rebuild it\n", damaged.Out,
            StringComparison.Ordinal);
        Assert.Equal(0, CommandLine.Run("check", "--repair", "--workspace", _folder.Path).ExitCode);

        using (var db = new Database(_folder[".vaal/vaal.db"])) db.Execute("update labels set at = 'soon'");
        var export = CommandLine.Run("export", "--what", "all", "--workspace", _folder.Path);
        Assert.Equal(1, export.ExitCode);
        const string said = "vaal.db is damaged: table labels, row image 1: at is 'soon'; expected a moment";
        Assert.Contains(said, Assert.Single(export.ErrorLines), StringComparison.Ordinal);
    }
}
