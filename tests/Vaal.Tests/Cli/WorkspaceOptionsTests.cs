using System.Text.Json;
using Microsoft.Data.Sqlite;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>The options of the commands for a user's own images do what their help says. The methods that they call
/// are tested elsewhere; here the real executable is.</summary>
[Trait("Category", "Slow")]
public sealed partial class WorkspaceOptionsTests : IDisposable
{
    private const int Images = 12;
    private readonly TemporaryFolder _folder = new();

    public WorkspaceOptionsTests()
    {
        for (var i = 0; i < Images; i++) _folder.Write($"images/{"ab"[i % 2]}/{i:00}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private Outcome Vaal(params string[] args) => CommandLine.Run([.. args, "--workspace", _folder["w"]]);

    private Outcome Done(params string[] args)
    {
        var outcome = Vaal(args);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome;
    }

    private void Init(params string[] more) =>
        Done(["init", _folder["images"], "--encoder", "none", "--quiet", .. more]);

    private Workspace Open() => Workspace.Open(_folder["w"]);

    private string? Setting(string name)
    {
        using var db = new SqliteConnection($"Data Source={_folder["w/vaal.db"]};Mode=ReadOnly;Pooling=false");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = "select value from settings where name = $name";
        command.Parameters.AddWithValue("$name", name);
        return (string?)command.ExecuteScalar();
    }

    [Fact]
    public void Init_ItsOptions_AreKept()
    {
        Init("--size", "32", "--fit", "letterbox", "--frame", "64x48", "--background", "b", "--near-duplicates", "3",
            "--classes", "a,b,c", "--label-from-folders", "--test-list",
            _folder.Write("test.txt", "a/02.png\nb/05.png\n"));
        Assert.Equal(("32", "LetterBox", "64x48", "b", "3", "none"), (Setting("size"), Setting("fit"),
            Setting("frame"), Setting("background"), Setting("near"), Setting("encoder")));
        using var w = Open();
        Assert.Equal(["a", "b", "c"], w.DeclaredClasses);
        Assert.Equal(["a/02.png", "b/05.png"], w.Images().Where(i => i.Test).Select(i => i.Path));
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path);
        Assert.Equal(Images, w.Labels().Count);
        Assert.All(w.Labels(), l => Assert.Equal(paths[l.Image][..1], l.Class));
        Assert.False(w.IsMultiLabel);
    }

    [Fact]
    public void Init_WithoutOptions_LabelsNothingAndDrawsNoTestSet()
    {
        Init();
        using var w = Open();
        Assert.Empty(w.Labels());
        Assert.Empty(w.DeclaredClasses);
        Assert.DoesNotContain(w.Images(), i => i.Test);
        Assert.Equal(("64", "Crop", null), (Setting("size"), Setting("fit"), Setting("background")));
    }

    [Fact]
    public void Init_Seed_DecidesWhatTheTestSetIs()
    {
        Init("--test", "4", "--seed", "7");
        using var w = Open();
        string[] drawn = [.. w.Images().Where(i => i.Test).Select(i => i.Path)];
        Assert.Equal(Drawn(7), drawn);
        Assert.NotEqual(Drawn(1), drawn);

        string[] Drawn(long seed)
        {
            using var other = Workspace.Create(_folder["images"], _folder[$"seed {seed}"]);
            other.Index(new IndexOptions { Test = TestSize.Parse("4"), Seed = seed, Encoder = "none" });
            return [.. other.Images().Where(i => i.Test).Select(i => i.Path)];
        }
    }

    [Fact]
    public void Init_MultiLabel_TakesSeveralClassesAnImage()
    {
        Init("--multi-label");
        using var w = Open();
        Assert.True(w.IsMultiLabel);
    }

    [Fact]
    public void Init_FollowLinks_ReadsWhatLiesElsewhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs symbolic links");
        var outside = _folder.Write("elsewhere/12.png", Pictures.Random(12));
        File.CreateSymbolicLink(_folder["images/a/12.png"], outside);
        Init();
        using (var w = Open()) Assert.Equal(Images, w.Status().Images);
        Init("--follow-links");
        using (var w = Open()) Assert.Equal(Images + 1, w.Status().Images);
    }

    [Fact]
    public void Import_ItsOptions_DoWhatTheirHelpSays()
    {
        Init("--classes", "cat,dog");
        Done("import", _folder.Write("first.csv", "path,label,annotator\na/00.png,cat,ann\n"), "--by", "zoe");
        var other = _folder.Write("other.csv", "path,label\na/00.png,dog\n");
        Assert.Equal(1, Vaal("import", other).ExitCode);
        Assert.Equal(("cat", "zoe"), Label("a/00.png"));
        Done("import", other, "--replace", "--dry-run");
        Assert.Equal(("cat", "zoe"), Label("a/00.png"));
        Done("import", other, "--replace");
        Assert.Equal("dog", Label("a/00.png").Class);

        var emu = _folder.Write("emu.csv", "path,label\nb/01.png,emu\n");
        Assert.Equal(1, Vaal("import", emu).ExitCode);
        Assert.Null(Label("b/01.png").Class);
        Done("import", emu, "--new-classes");
        Assert.Equal("emu", Label("b/01.png").Class);

        Done("import", _folder.Write("elsewhere.csv", "path\na/02.png\nb/03.png\n"), "--labelled-elsewhere");
        using var w = Open();
        var status = w.Status();
        Assert.Equal((4, 2), (status.Labelled, status.Elsewhere));

        (string? Class, string? Who) Label(string path)
        {
            using var now = Open();
            var id = now.Images().Single(i => i.Path == path).Id;
            return now.LabelFor(id) is { } label ? (label.Class, label.Who) : (null, null);
        }
    }

    [Fact]
    public void ExportAndReport_Round_IsTheOneAskedFor()
    {
        Init("--near-duplicates", "0");
        Done("next", "-n", "2", "--strategy", "random", "--quiet");
        Done("next", "-n", "3", "--strategy", "random", "--quiet");
        using var w = Open();
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path);
        Assert.Equal($"2 images in {_folder["one.csv"]}\n",
            Done("export", "--round", "1", "--out", _folder["one.csv"]).Out);
        Assert.Equal(w.Picks(1).Select(p => paths[p.Image]),
            File.ReadAllLines(_folder["one.csv"]).Skip(1).Select(l => l.Split(',')[0]));
        Done("export", "--out", _folder["last.csv"]);
        Assert.Equal(w.Picks(2).Select(p => paths[p.Image]),
            File.ReadAllLines(_folder["last.csv"]).Skip(1).Select(l => l.Split(',')[0]));

        Assert.Equal($"{_folder["one.html"]}\n", Done("report", "--round", "1", "-o", _folder["one.html"], "-q").Out);
        Assert.Contains("Round 1 of 2", File.ReadAllText(_folder["one.html"]), StringComparison.Ordinal);
        Done("report", "--quiet");
        Assert.Contains("Round 2 of 2", File.ReadAllText(_folder["w/report.html"]), StringComparison.Ordinal);
    }

    /// <summary>What a command must not keep to itself: verdict, why, what looks like no label, the test set, what is
    /// left out, what to do.</summary>
    [Fact]
    public void StatusAndNext_WhatTheWorkspaceKnows_IsSaid()
    {
        _folder.Write("images/a/broken.png", "no picture");
        _folder.Write("images/a/copy.png", Pictures.Random(0));
        Init("--test-list", _folder.Write("test.txt", "a/10.png\nb/11.png\n"), "--classes", "cat,dog,emu");
        WorkspaceStatus status;
        using (var w = Open())
        {
            var ids = w.Images().ToDictionary(i => i.Path, i => i.Id);
            foreach (var (path, name) in new[] { ("a/00.png", "cat"), ("b/01.png", "cat"), ("a/02.png", "dog") })
                w.Label(ids[path], name, [], "ann", "test");
            w.Annotate([new("1", ids["b/03.png"], LabelKind.Unsure), new("2", ids["a/04.png"], LabelKind.Unusable)],
                "ann");
            var health = new RankingHealth
            {
                Trust = Trust.Weak,
                Verdict = "weak: by these numbers",
                Unlike = new(0.4, 0.2, [(ImageNumber)ids["b/05.png"]]),
            };
            w.RecordRound(new Round
            {
                Strategy = "vaal",
                Options = "{}",
                Seed = 1,
                Budget = 2,
                Health = health.ToJson(),
                Started = DateTimeOffset.UnixEpoch,
                Finished = DateTimeOffset.UnixEpoch.AddMinutes(3),
            }, [new(ids["a/00.png"], 1, 1, null), new(ids["a/06.png"], 2, 1, null)]);
            status = w.Status();
        }
        const string unlike = "About 40% of the unlabelled images look like nothing that has a label, for example "
            + "b/05.png.";
        Assert.Equal((12, 3, 5, 2, 1, 1, unlike), (status.Images, status.Labelled, status.Unlabelled, status.Test,
            status.Broken, status.Duplicates, status.Unlike));
        var said = Done("status", "--verbose").Out;
        foreach (var line in new[]
        {
            $"12 images in {_folder["images"]}\n", "last ranking: This ranking may be no better than random.\n",
            "why: weak: by these numbers\n", $"labels: {unlike}\n", $"test set: {status.Reminder}\n",
            $"next: {status.Next}\n", "left out: 1 cannot be used, 1 is a duplicate\n",
            "1 class has no label in the pool\n", "the most frequent class has 2 times the labels of the rarest\n",
        }) Assert.Contains(line, said, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *1 +vaal +2 +1 +\d{4}-\d\d-\d\d \d\d:\d\d +3\.0 *$", said);
        Assert.DoesNotContain("why:", Done("status").Out, StringComparison.Ordinal);

        var next = Done("next", "-n", "2", "--strategy", "random", "--quiet").Out;
        Assert.Contains("Round 2: 2 images to label\n", next, StringComparison.Ordinal);
        Assert.Contains($"{unlike}\n", next, StringComparison.Ordinal);
        Assert.Contains($"{status.Reminder}\n", next, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_WhatTheFileCannotHold_IsSaid()
    {
        Init();
        using var w = Open();
        w.Label(w.Images()[0].Id, "cat", [new Box("ear", 1, 2, 3, 4)], "ann", "test");
        string[] losses = [.. w.Export(ExportWhat.Labelled, "csv").Losses.Select(l => $"vaal: {l}")];
        Assert.NotEmpty(losses);
        Assert.Equal(losses, Done("export", "--what", "labelled", "--format", "csv").ErrorLines);
    }

    [Fact]
    public void Annotator_Owner_IsOneAndOthersLabel()
    {
        Init();
        Done("annotator", "add", "ann", "--owner");
        Done("annotator", "add", "ben");
        Assert.Equal([("ann", "owner"), ("ben", "labeller")], People());
        Done("annotator", "remove", "ann");
        Assert.Equal([("ben", "labeller")], People());

        (string, string)[] People()
        {
            using var json = JsonDocument.Parse(Done("annotator", "list", "--json").Out);
            return [.. json.RootElement.EnumerateArray().Select(p =>
                (p.GetProperty("name").GetString()!, p.GetProperty("role").GetString()!))];
        }
    }

    [Fact]
    public void Annotator_AfterALocalServe_IsToldWhereTheAddressComesFrom()
    {
        const string hint = "ADDRESS:PORT is what 'vaal serve --lan' prints";
        Init();
        Serve("http://127.0.0.1:4711");
        var told = Done("annotator", "add", "ann").Out;
        Assert.Contains("works once: http://ADDRESS:PORT/join/", told, StringComparison.Ordinal);
        Assert.Contains(hint, told, StringComparison.Ordinal);
        Serve("https://lab.example:4711");
        told = Done("annotator", "add", "ann").Out;
        Assert.Contains("works once: https://lab.example:4711/join/", told, StringComparison.Ordinal);
        Assert.DoesNotContain(hint, told, StringComparison.Ordinal);

        void Serve(string at)
        {
            using var w = Open();
            w.ServedAt = at;
        }
    }

    [Fact]
    public void Log_Images_NamesWhatEachActionChanged()
    {
        Init();
        Done("import", _folder.Write("l.csv", "path,label\na/00.png,cat\n"), "--by", "zoe");
        Assert.DoesNotContain("a/00.png", Done("log").Out, StringComparison.Ordinal);
        Assert.Contains("\n        a/00.png: 'cat', by zoe\n", Done("log", "--images").Out, StringComparison.Ordinal);
    }
}
