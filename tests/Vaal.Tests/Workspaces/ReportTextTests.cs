using System.Globalization;
using System.Text.Json;
using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What reports say to a program in C#.</summary>
public sealed class ReportTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A report writes 1,234 also where people write 1.234, and leaves the culture as it was.</summary>
    [Fact]
    public void Text_InAnotherCulture_IsTheSame()
    {
        var report = new ImportReport(1_234, 0, 5_678, 0, [], dryRun: false);
        // made here: a machine may know no culture
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberGroupSeparator = ".";
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = german;
            Assert.Equal("1,234 labels were added, 5,678 replaced\n", $"{report}");
            Assert.Equal(german, CultureInfo.CurrentCulture);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Index_FolderOfANewClass_IsNamedBesideThoseThatAreThere()
    {
        foreach (var (i, place) in new[] { "cat/1.png", "cat/2.png", "dog/3.png" }.Index())
            _folder.Write($"photos/{place}", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        var options = new IndexOptions(encoder: "none", labels: true, nearDuplicates: 0);
        Assert.Empty(workspace.Index(options).Labels!.ClassNotes);
        _folder.Write("photos/owl/4.png", Pictures.Random(4));
        Assert.Equal(["'owl' is a new class"], workspace.Index(options).Labels!.ClassNotes);
    }

    /// <summary>The picks are in the files that the same call wrote; what somebody changed in one is kept, and
    /// told.</summary>
    [Fact]
    public void Next_WithExports_WritesThemAndNamesThem()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"photos/{i}.png", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions(encoder: "none", nearDuplicates: 0));
        var chooser = new BatchChooser(new NextOptions(budget: 2, strategy: "random"));
        var report = workspace.Next(chooser, exports: ["csv"]);
        using var json = JsonDocument.Parse(report.ToJson());
        var file = Assert.Single(json.RootElement.GetProperty("files").EnumerateArray()).GetString()!;
        Assert.Contains($"\n  {file}\n", $"{report}", StringComparison.Ordinal);
        Assert.Equal(report.Picks.Select(p => p.Place), File.ReadAllLines(file)[1..].Select(l => l.Split(',')[0]));

        File.AppendAllText(file, "mine.png,cat\n");
        var told = new List<string>();
        var again = workspace.Next(chooser, exports: ["csv"], tell: told.Add);
        Assert.True(again.Again);
        Assert.Contains(file, Assert.Single(told), StringComparison.Ordinal);
        Assert.DoesNotContain(file, $"{again}", StringComparison.Ordinal);
        Assert.EndsWith("mine.png,cat\n", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Index_OtherClassesThanBefore_SaysSoOnce()
    {
        _folder.Write("photos/1.png", Pictures.Random(1));
        using var workspace = Workspace.Create(_folder["photos"]);
        string Indexed(string name) =>
            $"{workspace.Index(new IndexOptions(encoder: "none", classes: [name]))}".Split('\n')[0].Split(": ")[^1];
        Assert.Equal(["1 new", "other classes are declared", "nothing has changed"],
            new[] { "a", "b", "b" }.Select(Indexed));
    }

    [Fact]
    public void Import_Again_SaysWhatIsThere()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"photos/{i}.png", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions(encoder: "none", nearDuplicates: 0));
        var file = _folder.Write("labels.csv", "path,label\n0.png,a\n1.png,b\n");
        string Imported() => $"{workspace.Import(file)}".Split('\n')[0];
        Assert.Equal("2 labels were added", Imported());
        Assert.Equal("0 labels were added, 2 already there", Imported());
    }

    [Fact]
    public void Status_ImagesThatSomebodyMarked_AreCounted()
    {
        for (var i = 0; i < 5; i++) _folder.Write($"photos/{i}.png", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions(encoder: "none", nearDuplicates: 0));
        workspace.Annotate([new("1", 1, LabelKind.Label) { Class = "cat" }, new("2", 2, LabelKind.Unsure),
            new("3", 3, LabelKind.Unusable)], "ann");
        Assert.Equal("  1 labelled, 2 unlabelled, 1 marked as unsure, 1 marked as unusable",
            $"{workspace.Status()}".Split('\n')[1]);
    }

    [Fact]
    public void Rounds_OfARunWithADiscriminator_ShowItsHeldOutAuc()
    {
        using var data = TinyImages.Data(60);
        var rounds = new ActiveLearningLoop(new()
        {
            Initial = 20,
            Budget = 6,
            Rounds = 2,
            Vaal = TinyImages.Vaal,
            Task = TinyImages.Task,
        }, data).Run();
        var auc = rounds[0].HeldOutAuc!.Value.ToString("0.000", CultureInfo.InvariantCulture);
        var lines = $"{new RoundsTable(rounds)}".Split('\n');
        Assert.EndsWith(" held-out AUC of D", lines[0], StringComparison.Ordinal);
        Assert.EndsWith($" {auc}", lines[1], StringComparison.Ordinal);
    }
}
