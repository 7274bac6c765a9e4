using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A workspace whose folder may not be written to, as a colleague's or one on a read-only disk. To root
/// nothing is read-only, so a link in a circle stands where SQLite puts a file.</summary>
public sealed class ReadOnlyWorkspaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ReadOnlyWorkspaceTests()
    {
        for (var i = 0; i < 4; i++) _folder.Write($"pool/{i}.png", Pictures.Random(i));
        using (var w = Workspace.Create(Pool))
        {
            w.Index(new() { NearDuplicates = 0, Encoder = "none" });
            w.Label(1, "cat", [], "ann", "page");
        }
        File.CreateSymbolicLink(_folder["pool/.vaal/vaal.db-shm"], "vaal.db-shm");
    }

    public void Dispose() => _folder.Dispose();

    private string Pool => _folder["pool"];

    [Fact]
    public void CommandsThatRead_Work()
    {
        using (var w = Workspace.Open(Pool))
        {
            var status = w.Status();
            Assert.Equal((4, 1), (status.Images, status.Labelled));
            Assert.NotEmpty(w.Entries());
            Assert.Equal(1, w.Export(ExportWhat.Labelled, "csv", _folder["out.csv"]).Images);
        }
        Assert.True(Workspace.Check(Pool).Sound);
    }

    [Fact]
    public void Label_IsRefusedInOneLine()
    {
        using var w = Workspace.Open(Pool);
        Assert.Equal($"{_folder["pool/.vaal"]} is read-only; give yourself the right to write to it, or copy it "
            + "together with its images",
            Assert.Throws<InputException>(() => w.Label(2, "dog", [], "ann", "page")).Message);
        Assert.Single(w.Labels());
    }

    /// <summary>Nothing keeps a file that is read so from changing.</summary>
    [Fact]
    public void Query_FileIsChangedMeanwhile_IsRefused()
    {
        using var w = Workspace.Open(Pool);
        File.Delete(_folder["pool/.vaal/vaal.db-shm"]);
        using (var owner = Workspace.Open(Pool)) owner.Label(2, "dog", [], "bob", "page");
        Assert.Contains("was changed while it was read", Assert.Throws<InputException>(() => w.Labels()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshot_ThatWrites_IsRefused()
    {
        using var db = new Database(_folder["own.db"]);
        Assert.Throws<InvalidOperationException>(
            () => db.Snapshot(() => db.Transaction(() => db.Execute("create table t (a)"))));
    }

    /// <summary>Changes that are in the log alone would not be seen.</summary>
    [Fact]
    public void Open_LogIsNotFoldedIn_IsRefused()
    {
        _folder.Write("pool/.vaal/vaal.db-wal", new byte[1]);
        Assert.Contains("cannot be opened", Assert.Throws<InputException>(() => Workspace.Open(Pool)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>SQLite takes the name of a file that is opened so for an address.</summary>
    [Fact]
    public void Open_NameWithSignsOfAnAddress_IsRead()
    {
        if (OperatingSystem.IsWindows()) return;                                     // has no such names
        using (var db = new Database(_folder.Write("a b?c#d%41/x.db", ""))) db.Execute("create table t (a)");
        File.CreateSymbolicLink(_folder["a b?c#d%41/x.db-shm"], "x.db-shm");
        using var read = new Database(_folder["a b?c#d%41/x.db"]);
        Assert.Equal(0, read.Number("select count(*) from t"));
    }
}
