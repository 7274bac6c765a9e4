using Microsoft.Data.Sqlite;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

public sealed class WorkspaceSchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Sql(string sql)
    {
        Directory.CreateDirectory(_folder[".vaal"]);
        using var connection = new SqliteConnection($"Data Source={_folder[".vaal/vaal.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A workspace as version 1 left it, dumped by sqlite: whatever comes later must still read it.</summary>
    [Fact]
    public void Open_FirstSchema_ComesToTheNewest_WithAllThatWasInIt()
    {
        Sql(File.ReadAllText(Path.Combine(Repository.Root, "tests/Vaal.Tests/Workspaces/workspace-v1.sql")));
        using var w = Workspace.Open(_folder.Path);
        using (var db = new Database(_folder[".vaal/vaal.db"]))
            Assert.Equal(Schema.Migrations.Count, Schema.Version(db));
        Assert.Empty(w.Problems());
        Assert.Equal(["cat/1.png", "cat/twin.png", "dog/2.png"], w.Images().Select(i => i.Path));
        Assert.Equal(["cat", "dog"], w.Labels().Select(l => l.Class!).Order());
        var round = w.Rounds().Single();
        Assert.Equal(
            ("vaal", """{"beta":1}""", 7L, 2, "weak"),
            (round.Strategy, round.Options, round.Seed, round.Budget, w.Status().Verdict));
        Assert.Equal(0.25, w.Picks(1).Single().Score);
        Assert.Equal("round", w.Undo().What);
        Assert.Equal(("folders", 2), (w.Undo() is var undone ? undone.What : "", undone.Removed));
    }

    /// <summary>Trainings of schema 2, which knew classes of images only.</summary>
    [Fact]
    public void Migrate_TrainingsOfClasses_AreKept_AndThoseOfMasksFitBesideThem()
    {
        using var db = new Database(_folder["m.db"]);
        Schema.Migrate(db, "m.db", [.. Schema.Migrations.Take(2)]);
        const string columns =
            "insert into trainings (labels, tests, options, seed, started, finished, version, correct";
        db.Execute($"{columns}) values (40, 20, '{{}}', 7, 'a', 'b', '0.1.0', 15)");
        Schema.Migrate(db, "m.db");
        Assert.Equal(
            "1 40 20 15 {} 7 a b 0.1.0 ",
            db.Text("select concat_ws(' ', id, labels, tests, correct, options, seed, started, finished, version, " +
            "'') from trainings where masks is null"));
        db.Execute($"{columns}, masks) values (80, 20, '{{}}', 7, 'a', 'b', '0.1.0', null, '{{}}')");
        Assert.Equal(2, db.Number("select max(id) from trainings"));
        Assert.Throws<SqliteException>(
            () => db.Execute($"{columns}, masks) values (80, 20, '{{}}', 7, 'a', 'b', '0.1.0', 15, '{{}}')"));
    }

    [Fact]
    public void Open_NewerSchema_IsRefusedInOneLine()
    {
        Sql("pragma user_version = 99");
        var message = Assert.Throws<InputException>(() => Workspace.Open(_folder.Path)).Message;
        Assert.EndsWith(
            $"was made by a newer vaal (schema 99; this one knows up to {Schema.Migrations.Count}); update vaal",
            message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Open_NoDatabase_IsRefusedInOneLine()
    {
        _folder.Write(".vaal/vaal.db", new string('x', 5000));
        Assert.Contains(
            "is damaged or not a workspace of vaal", Assert.Throws<InputException>(() => Workspace.Open(_folder.Path))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MakingWasStopped_SaysSo()
    {
        Sql("pragma user_version = 0; create table x (y); drop table x;");
        Assert.Contains(
            "'vaal init' did not finish", Assert.Throws<InputException>(() => Workspace.Open(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Migrate_StepFails_StaysAtTheLastGoodOne()
    {
        using var db = new Database(_folder["m.db"]);
        string[] steps = [
            "create table a (x); insert into a values (1);", "alter table a add y; update a set y = x + 1;",
            "create table b (x); insert into nowhere values (1);"];
        Schema.Migrate(db, "m.db", steps[..1]);
        Assert.Throws<SqliteException>(() => Schema.Migrate(db, "m.db", steps));
        Assert.Equal(2, Schema.Version(db));
        Assert.Equal(2, db.Number("select y from a"));
        Assert.Equal(0, db.Number("select count(*) from sqlite_master where name = 'b'"));
        Schema.Migrate(db, "m.db", [.. steps[..2], "create table b (x);"]);
        Assert.Equal(3, Schema.Version(db));
    }

    [Theory]
    [InlineData("update ledger set what = 'x'")]
    [InlineData("delete from ledger")]
    public void Ledger_ChangedOrCut_IsRefusedByTheDatabase(string sql)
    {
        _folder.Write("a.png", Pictures.Random(1));
        using (var w = Workspace.Create(_folder.Path)) w.Index(new());
        Assert.Contains(
            "the ledger is append-only", Assert.Throws<SqliteException>(() => Sql(sql)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_LabelsChangedBehindTheLedger_AreSeen()
    {
        _folder.Write("a.png", Pictures.Random(1));
        using var w = Workspace.Create(_folder.Path);
        w.Index(new());
        w.Label(1, "cat", [], "me", "test");
        Assert.Empty(w.Problems());
        Sql("update labels set class = 'dog'");
        Assert.Equal(["table labels, row image 1: it is not what the ledger says"], w.Problems());
    }
}
