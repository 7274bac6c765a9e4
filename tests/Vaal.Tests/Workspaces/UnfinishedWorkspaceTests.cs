using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What a first <c>vaal init</c> leaves that is killed before its database says where the images are: the next
/// one completes it.</summary>
public sealed class UnfinishedWorkspaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public UnfinishedWorkspaceTests()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private string Images => _folder["images"];

    private void Leave(int migrations)
    {
        var path = _folder.Write("images/.vaal/vaal.db", "");
        if (migrations == 0) return;
        using var db = new Database(path);
        Schema.Migrate(db, path, [.. Schema.Migrations.Take(migrations)]);
    }

    /// <summary>An empty file, the first tables, all of them.</summary>
    [Theory]
    [InlineData(0), InlineData(1), InlineData(int.MaxValue)]
    public void Create_AfterAKill_CompletesIt(int migrations)
    {
        Leave(migrations);
        var said = $"the workspace {_folder["images/.vaal"]} is empty: 'vaal init' did not finish; run it again";
        Assert.Equal(said, Assert.Throws<InputException>(() => Workspace.Open(Images)).Message);
        Assert.Equal(said, Assert.Throws<InputException>(() => Workspace.Check(Images, repair: true)).Message);
        var preview = Workspace.Preview(Images);
        Assert.Equal((true, 6), (preview.IsNew, preview.Images));
        using (var w = Workspace.Create(Images)) w.Index(new() { Encoder = "none" });
        using (var made = Workspace.Open(Images)) Assert.Equal(6, made.Images().Count);
        Assert.False(Workspace.Preview(Images).IsNew);
        Assert.True(Workspace.Check(Images).Sound);
    }

    [Theory]
    [InlineData(0), InlineData(int.MaxValue)]
    public void Init_AfterAKill_EndsWithZero(int migrations)
    {
        Leave(migrations);
        var error = new StringWriter();
        string[] args = ["init", Images, "--encoder", "none", "--quiet"];
        Assert.Equal(0, Run.Guard(() => Run.Parse(args, RootOf.Vaal(default), error), default, error));
        Assert.Empty(error.ToString());
    }

    /// <summary>Also where the workspace was to lie among the images.</summary>
    [Fact]
    public void Preview_FolderIsSourceAndWorkspace_IsNew()
    {
        _folder.Write("images/vaal.db", "");
        var preview = Workspace.Preview(Images, Images);
        Assert.Equal((true, 6, Images), (preview.IsNew, preview.Images, preview.Root));
    }

    /// <summary>So that a kill leaves the tables with the place of the images, or none.</summary>
    [Fact]
    public void Transaction_InAnother_IsPartOfIt()
    {
        using var db = new Database(_folder["x.db"]);
        Assert.Throws<InvalidDataException>(() => db.Transaction(() => Fail()));
        Assert.Equal((0L, 0L), (Schema.Version(db), db.Number("select count(*) from sqlite_master")));

        void Fail()
        {
            Schema.Migrate(db, "x.db");
            Assert.Equal(Schema.Migrations.Count, Schema.Version(db));
            throw new InvalidDataException("killed");
        }
    }
}
