using Vaal.Encoders;
using Vaal.Records;
using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Reports;

public sealed class WorkspaceReportTests : IDisposable
{
    private static readonly DateTimeOffset _when = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Workspace Make()
    {
        for (var i = 0; i < 8; i++) _folder.Write($"{(i < 2 ? "cat" : "pool")}/{i}.png", Pictures.Random(i));
        _folder.Write("pool/0 brighter.png", Pictures.Random(0, brighter: 9));
        var workspace = Workspace.Create(_folder.Path);
        workspace.Index(new IndexOptions { Size = 32 });
        _folder.Write("labels.csv", "path,label\ncat/0.png,cat\ncat/1.png,dog\n");
        workspace.Import(Path.Combine(_folder.Path, "labels.csv"), new ImportOptions());
        return workspace;
    }

    private static int Record(Workspace workspace, string? health, params string[] paths)
    {
        var ids = workspace.Images().ToDictionary(i => i.Path, i => i.Id);
        return workspace.RecordRound(
            new Round
            {
                Strategy = "vaal",
                Options = "{}",
                Seed = 7,
                Budget = 2,
                Health = health,
                Started = _when,
                Finished = _when.AddMinutes(3)
            },
            [.. paths.Select((p, i) => new PickRow(ids[p], i + 1, 1.5 - i, "looks least like what is labelled"))]);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Of_RoundWithArtifacts_ShowsThemAll()
    {
        using var workspace = Make();
        var round = Record(
            workspace,
            """{"heldOutAuc":0.71,"aucLow":0.66,"aucHigh":0.76,"activeUnits":3,"kl":12.5,"klPerUnit":[1,2,3,4],"""
            + "\"trust\":\"weak\",\"verdict\":\"weak: AUC 0.71\"}", "pool/5.png", "pool/2.png");
        int[] ids = [.. workspace.Images().Where(i => i.Path != "labels.csv").Select(i => i.Id)];
        new RoundArtifacts(
            [new("training", 1, new Dictionary<string, double> { ["d"] = 0.7 })], ScoreHistogram.Of([1], [2], false),
            new LatentMap(
                [.. ids.Append(12345).Select(i => (ImageNumber)i)],
                [.. ids.Select(i => (float)i), 0], [.. ids.Select(i => -(float)i), 0],
                [.. ids.Select(_ => false), false], [], 0.5, 0.25, ids.Length + 1)).Save(workspace.ModelsOf(round));

        var report = WorkspaceReport.Of(workspace);

        Assert.Equal(
            [("pool/5.png", 1, 1.5), ("pool/2.png", 2, 0.5)],
            report.Picks.Value!.Picks.Select(p => (p.Path, p.Rank, p.Score!.Value)));
        Assert.Equal((128, 2), (report.Picks.Value.Tiles!.Tile, report.Picks.Value.Tiles.Count));
        Assert.Equal((HealthLevel.Weak, "AUC 0.71."), (report.Health.Value!.Level, report.Health.Value.Verdict));
        Assert.Equal(["0.71 (0.66 to 0.76)", "3", "12.5"], report.Health.Value.Numbers.Select(n => n.Value));
        Assert.Equal(ids.Length, report.Map.Value!.Points.Count);                    // image 12345 is gone
        Assert.Equal(
            ["pool/2.png", "pool/5.png"], report.Map.Value.Points.Where(p => p.Kind == PointKind.Chosen)
            .Select(p => p.Path).Order());
        Assert.Equal([("cat", 1L), ("dog", 1L)], report.Classes.Value!.Select(c => (c.Name, c.Value)));
        Assert.Equal(["cat/0.png", "pool/0 brighter.png"], report.NearDuplicates.Value!.Groups.Single().Order());
        Assert.Equal(
            (1, "vaal", "2", TimeSpan.FromMinutes(3)),
            report.Rounds.Select(r => (r.Number, r.Strategy, r.Chosen, r.Took)).Single());
        Assert.StartsWith(
            "No task model has been trained on these labels", report.LearningCurve.Missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoRound_SaysWhatToDo()
    {
        using var workspace = Make();
        var report = WorkspaceReport.Of(workspace);
        Assert.Equal("No round has chosen images yet; run 'vaal next'.", report.Picks.Missing);
        Assert.Equal("No round has been made yet.", report.Map.Missing);
        Assert.Contains("No round has been recorded yet.", HtmlReport.Render(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_RoundThatTrainedNothing_SaysSo()
    {
        using var workspace = Make();
        Record(workspace, null, "pool/5.png");
        var report = WorkspaceReport.Of(workspace);
        Assert.Equal("Round 1 (vaal) trained no networks.", report.Scores.Missing);
        var html = HtmlReport.Render(report);
        Assert.All(["map", "scores", "training"], id =>
            Assert.DoesNotContain($"id=\"{id}\"", html, StringComparison.Ordinal));
        Assert.Equal("Round 1 (vaal) was not ranked by a discriminator, so it has no verdict.", report.Health.Missing);
    }

    [Fact]
    public void Of_RoundWithScoresAndNoVerdict_SaysWhy()
    {
        using var workspace = Make();
        var round = Record(workspace, null, "pool/5.png");
        new RoundArtifacts([], ScoreHistogram.Of([1], [2], false), null).Save(workspace.ModelsOf(round));
        var report = WorkspaceReport.Of(workspace);
        Assert.StartsWith(
            "There is no verdict on the ranking of round 1 (vaal): it ranks by predicted loss too",
            report.Health.Missing, StringComparison.Ordinal);
        Assert.Equal([1, 1], [report.Scores.Value!.Labelled.Sum(), report.Scores.Value.Unlabelled.Sum()]);
        Assert.Contains("id=\"map\"", HtmlReport.Render(report), StringComparison.Ordinal);
    }

    /// <summary>The report is sent to others.</summary>
    [Fact]
    public void Render_WithATableOfFeatures_NamesNoFolderOfThisMachine()
    {
        using var workspace = Make();
        using var elsewhere = new TemporaryFolder();
        string[] names = [.. workspace.Images().Select(i => i.Path)];
        MadeTable.Write(elsewhere["features.npy"], names, i => [i, 1]);
        workspace.Index(new IndexOptions { Encoder = elsewhere["features.npy"] });
        workspace.MakeFeatures(new FeatureMaker());
        var report = WorkspaceReport.Of(workspace);
        Assert.Contains(new ReportCount("have features of features.npy", names.Length), report.Counts);
        var page = HtmlReport.Render(report);
        Assert.All([elsewhere.Path, _folder.Path], folder =>
            Assert.DoesNotContain(folder, page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mean AP", "Average precision")]
    [InlineData("mean IoU", "Intersection over union")]
    public void Render_ClassesOfTheLearningCurve_GoByTheirMeasure(string measure, string name)
    {
        var page = HtmlReport.Render(SampleReport.Empty() with
        {
            LearningCurve = new ReportAccuracy(
                [10, 20], [Interval.Unbounded(0.5), Interval.Unbounded(0.6)], "the test set")
            {
                Measure = measure,
                Classes = [new("cat", [0.5, 0.6])],
            },
        });
        Assert.Contains($"aria-label=\"{name}\"", page, StringComparison.Ordinal);
        Assert.Contains($"<p>{name} in %:</p>", page, StringComparison.Ordinal);
        Assert.Equal(measure == "mean IoU", page.Contains("Intersection over union", StringComparison.Ordinal));
    }

    [Fact]
    public void Curve_TwoTrainingsOfOneSize_TakesTheLast()
    {
        TrainingRow Trained(int id, int labels, int correct) =>
            new(id, null, labels, 100, correct, "{}", 1, _when, _when, "0.1.0");
        var curve =
            WorkspaceReport.Curve([Trained(1, 400, 60), Trained(2, 200, 50), Trained(3, 400, 70)], "worth it").Value!;
        Assert.Equal([200, 400], curve.Labels);
        Assert.Equal([0.5, 0.7], curve.Accuracy.Select(a => a.Estimate));
        Assert.InRange(curve.Accuracy[0].Low, 0.40, 0.41);                           // Wilson: 0.4038
        Assert.Contains("(100 labelled images)", curve.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_LastRoundTakenBack_ShowsTheOneBeforeWithTheLabelsThereAreByNow()
    {
        using var workspace = Make();
        Record(workspace, """{"trust":"weak","verdict":"weak: by these numbers"}""", "pool/5.png", "pool/2.png");
        Record(workspace, null, "pool/3.png");
        workspace.Undo();
        workspace.Import(_folder.Write("more.csv", "path,label\npool/5.png,dog\n"), new ImportOptions());
        var report = WorkspaceReport.Of(workspace);
        Assert.Equal([("pool/5.png", "'dog'"), ("pool/2.png", null)],
            report.Picks.Value!.Picks.Select(p => (p.Path, p.Label)));
        Assert.Equal([(1, "weak: by these numbers"), (2, "taken back")], report.Rounds.Select(r => (r.Number, r.Note)));
        Assert.Equal("Round 1 of 2: 2 images chosen by vaal with seed 7 on 2026-11-23 09:03; "
            + "1 of them has a label now.", report.Subtitle);
    }

    [Fact]
    public void Of_LabelsOfTheTestSet_CountAmongTheClasses()
    {
        using var workspace = Make();
        workspace.Index(new IndexOptions { TestList = _folder.Write("test.txt", "cat/1.png\npool/4.png\n") });
        workspace.Import(_folder.Write("more.csv", "path,label\npool/4.png,dog\n"), new ImportOptions());
        Assert.Equal([("dog", 2L), ("cat", 1L)],
            WorkspaceReport.Of(workspace).Classes.Value!.Select(c => (c.Name, c.Value)));
    }

    [Fact]
    public void Save_OverAFileOfSomebodyElses_IsRefused()
    {
        using var workspace = Make();
        var mine = _folder.Write("mine.html", "<p>mine</p>");
        Assert.EndsWith("exists and is not a report of vaal; give --out another file",
            Assert.Throws<InputException>(() => WorkspaceReport.Save(workspace, mine)).Message,
            StringComparison.Ordinal);
        Assert.Equal("<p>mine</p>", File.ReadAllText(mine));
        var own = WorkspaceReport.Save(workspace, _folder["own.html"]);
        Assert.Equal(own, WorkspaceReport.Save(workspace, own));                     // its own is replaced
        var empty = _folder.Write("empty.html", "");
        Assert.Equal(empty, WorkspaceReport.Save(workspace, empty));
        Assert.NotEqual(0, new FileInfo(empty).Length);
    }

    [Fact]
    public void Of_UnknownRound_IsRefused()
    {
        using var workspace = Make();
        Record(workspace, null, "pool/5.png");
        Assert.Equal(
            "there is no round 4; there are 1 to 1",
            Assert.Throws<InputException>(() => WorkspaceReport.Of(workspace, 4)).Message);
    }
}
