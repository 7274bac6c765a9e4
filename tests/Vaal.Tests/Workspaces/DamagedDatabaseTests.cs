using Microsoft.Data.Sqlite;
using Vaal.Bench.Attack;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Databases with nonsense in them: every command ends with 0 or 1, and says why in one line.</summary>
public sealed class DamagedDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DamagedDatabaseTests()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"pool/{"ab"[i / 3]}/{i}.png", Pictures.Random(i));
        _folder.Write("pool/b/twin.png", Pictures.Random(1));
        using var w = Workspace.Create(Pool);
        w.Index(new() { Labels = true, NearDuplicates = 0, Encoder = "none", Test = TestSize.Parse("1") });
        w.Label(1, "a", [new Box("a", 1, 1, 5, 5)], "ann", "page");
        w.AddClasses("a", "b", "c");
        var picked = w.Images().First(i => i is { State: ImageState.Ok, Test: false }).Id;
        w.RecordRound(new()
        {
            Strategy = "vaal",
            Options = """{"identity":"x"}""",
            Seed = 7,
            Budget = 2,
            Health = new RankingHealth(0.5).ToJson(),
            Started = DateTimeOffset.UtcNow,
            Finished = DateTimeOffset.UtcNow,
        }, [new(picked, 1, 0.5, "far") { Regions = [new(0, 0, 4, 4) { Rank = 1 }] }]);
        w.Undo();
        w.RecordRound(SomeRound.Of(1, seed: 8), [new(picked, 1, null, null)]);
        Sql("insert into trainings (round, labels, tests, correct, options, seed, started, finished, version) values "
            + "(1, 4, 2, 1, '{\"model\":\"linear\"}', 7, '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', '0.1.0')");
        w.Dispose();
        File.Copy(Database, _folder["whole.db"]);
        _folder.Write("l.csv", "path,label\na/0.png,a\na/2.png,b\n");
    }

    public void Dispose() => _folder.Dispose();

    private string Pool => _folder["pool"];

    private string Database => _folder["pool/.vaal/vaal.db"];

    private void Sql(string sql)
    {
        using var db = new Database(Database);
        db.Execute(sql);
    }

    private string[][] Commands =>
    [
        ["status", "--json"], ["status", "--verbose"], ["log", "--images"], ["classes", "list"], ["undo"],
        ["export", "--what", "all", "--format", "json", "--out", _folder["out.json"]],
        ["export", "--what", "picks", "--format", "label-studio", "--out", _folder["out.ls.json"]],
        ["import", _folder["l.csv"], "--replace"],
        ["next", "-n", "1", "--strategy", "random", "--seed", "3", "--quiet"], ["init", Pool, "--quiet"], ["check"],
    ];

    private (int Exit, string[] Lines) Vaal(params string[] args)
    {
        var error = new StringWriter
        {
            NewLine =
            "\n"
        };                              // what is printed is not looked at
        string[] all = args[0] == "init" ? args : [.. args, "--workspace", Pool];
        var exit = Run.Guard(() => Run.Parse(all, RootOf.Vaal(default), error), default, error);
        return (exit, error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private void Restore()
    {
        foreach (var file in Directory.GetFiles(_folder["pool/.vaal"], "vaal.db-*")) File.Delete(file);
        File.Copy(_folder["whole.db"], Database, overwrite: true);
    }

    /// <summary>Runs some commands, and says what went wrong in one of them.</summary>
    private List<string> Failures(string done, int commands, Random random)
    {
        var failures = new List<string>();
        foreach (var command in random.GetItems(Commands, commands).Prepend(["check"]))
        {
            var (exit, lines) = Vaal(command);
            // a table that contradicts the labels has a line for each entry
            var oneLine = exit == 0 || command[0] is "check" or "import"
                || lines.Count(l => l.StartsWith("vaal: ")) == 1;
            if (exit is not (0 or 1) || !oneLine)
                failures.Add($"{done}; {string.Join(' ', command)}: {exit} {string.Join(" | ", lines.Take(6))}");
        }
        return failures;
    }

    [Trait("Category", "Slow")]
    [Theory, InlineData(1)]
    public void Commands_NonsenseInAnyColumn_EndWithOneLine(int seed)
    {
        var random = new Random(seed);
        var failures = new List<string>();
        var tried = 0;
        foreach (var (table, column) in DatabaseDamage.Columns(_folder["whole.db"]))
        {
            for (var i = 0; i < 3; i++)
            {
                Restore();
                if (DatabaseDamage.Column(Database, table, column, random) is not { } done) continue;
                tried++;
                failures.AddRange(Failures(done, 3, random));
            }
        }
        foreach (var table in DatabaseDamage.Columns(_folder["whole.db"]).Select(c => c.Table).Distinct())
        {
            foreach (var damage in new[] { DatabaseDamage.Double, DatabaseDamage.Delete })
            {
                Restore();
                if (damage(Database, table, random) is not { } done) continue;
                tried++;
                failures.AddRange(Failures(done, 4, random));
            }
        }
        Assert.True(tried > 100, $"{tried} damages");
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Commands_OtherSchemaVersion_EndWithOneLine(int version)
    {
        DatabaseDamage.Version(Database, version);
        Assert.Empty(Failures($"version {version}", 12, new Random(1)));
    }

    [Theory]
    [InlineData("images", "modified", "'no'", "table images, row 2: modified is 'no'; expected a whole number")]
    [InlineData("labels", "at", "'2026-13-45'", "table labels, row image 1: at is '2026-13-45'; expected a moment")]
    [InlineData("labels", "shapes", "'{'", "table labels, row image 1: shapes is '{'; expected JSON as vaal writes it")]
    [InlineData("labels", "image", "77", "table labels, row image 77: image is 77, and images has no such row")]
    [InlineData("images", "near_group", "99", "table images, row 2: near_group is 99, and images has no such row")]
    [InlineData("images", "width", "-1", "table images, row 2: width is -1; expected 0 to 2,147,483,647")]
    [InlineData("images", "small_hash", "x'00'", "table images, row 2: small_hash is X'00'; expected 16 bytes")]
    [InlineData("rounds", "options", "'[]'", "table rounds, row 2: options is '[]'; expected JSON")]
    [InlineData("labels", "class", "'z'", "table labels, row image 1: it is not what the ledger says")]
    public void Problems_Nonsense_NamesTableAndRow(string table, string column, string value, string expected)
    {
        using (var db = new SqliteConnection($"Data Source={Database};Pooling=False;Foreign Keys=False"))
        {
            db.Open();
            using var command = db.CreateCommand();
            command.CommandText = "pragma ignore_check_constraints = on";
            command.ExecuteNonQuery();
            var row = table == "labels" ? "image = 1" : "id = 2";
            command.CommandText = $"update {table} set {column} = {value} where {row}";
            Assert.Equal(1, command.ExecuteNonQuery());
        }
        using var w = Workspace.Open(Pool);
        Assert.Contains(w.Problems(), p => p.StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("looks", "{\"a\":5}")]
    [InlineData("looks", "{\"a\":null}")]
    [InlineData("serve", "[]")]
    [InlineData("serve", "{")]
    public void Problems_NonsenseInASettingOfThePage_NamesIt(string name, string value)
    {
        Sql($"insert or replace into settings values ('{name}', '{value}')");
        Assert.StartsWith($"table settings, row '{name}': value is '", Workspace.FaultOf(Pool)!.Split("damaged: ")[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_ChangeOfLooksThatCannotBeRead_NamesTheEntry()
    {
        using (var w = Workspace.Open(Pool)) w.ChangeClasses("op", "key", "a", "x", "ann");
        Assert.Null(Workspace.FaultOf(Pool));
        Sql("insert into ledger (at, what, change) select at, what, json_replace(change, '$.looks', 'none') from "
            + "ledger where what = 'classes' order by id desc limit 1");
        Assert.EndsWith("change does not fit 'classes'; 'vaal check' lists what is wrong", Workspace.FaultOf(Pool),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_RowIsThereTwice_NamesIt()
    {
        Assert.NotNull(DatabaseDamage.Double(Database, "images", new Random(1)));
        using var w = Workspace.Open(Pool);
        Assert.Contains(w.Problems(), p => p.Contains("2 rows have this key; expected one", StringComparison.Ordinal));
        Assert.Contains(w.Problems(), p => p.Contains("2 rows have this path; expected one", StringComparison.Ordinal));
    }

    [Fact]
    public void Snapshot_OthersWriteMeanwhile_IsOfOneMoment()
    {
        using Database mine = new(Database), other = new(Database);
        long Count() => mine.Number("select count(*) from settings");
        var before = Count();
        mine.Snapshot(() =>
        {
            Assert.Equal(before, Count());
            other.Execute("insert into settings values ('a', 'b')");
            Assert.Equal(before, mine.Snapshot(Count));
            return 0;
        });
        Assert.Equal(before + 1, Count());
    }

    // as 'vaal check' beside 'vaal serve', which adds a round after each 20 labels
    [Fact]
    public async Task Problems_RoundsAreAddedMeanwhile_None()
    {
        using var w = Workspace.Open(Pool);
        var before = w.Rounds().Count;
        var adding = Task.Run(() =>
        {
            using var other = Workspace.Open(Pool);
            var image = other.Images().First(i => i is { State: ImageState.Ok, Test: false }).Id;
            for (var i = 0; i < 600; i++) other.RecordRound(SomeRound.Of(1), [new(image, 1, null, null)]);
        }, TestContext.Current.CancellationToken);
        while (!adding.IsCompleted) Assert.Empty(w.Problems());
        await adding;
        Assert.Equal(before + 600, w.Rounds().Count);
        Assert.Empty(w.Problems());
    }

    [Fact]
    public void Problems_NoDamage_None()
    {
        using var w = Workspace.Open(Pool);
        Assert.Empty(w.Problems());
        Assert.Null(Workspace.FaultOf(Pool));
    }
}
