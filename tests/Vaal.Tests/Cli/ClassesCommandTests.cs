using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>The real executable on a small workspace: classes, the test set's reminder, undo by number, header
/// widths.</summary>
[Trait("Category", "Slow")]
public sealed class ClassesCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ClassesCommandTests()
    {
        for (var i = 0; i < 8; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        Assert.Equal(0, Vaal("init", _folder["images"], "--classes", "Apple,Pear", "--test", "2", "--quiet").ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private Outcome Vaal(params string[] args) =>
        CommandLine.Run(args[0] == "init" ? args : [.. args, "--workspace", _folder["images"]]);

    private string[] Pool()
    {
        using var workspace = Workspace.Open(_folder["images"]);
        return [.. workspace.Images().Where(i => !i.Test).Select(i => i.Path)];
    }

    [Fact]
    public void Classes_MistypedInATable_AreRefusedAddedRenamedAndTakenBack()
    {
        var pool = Pool();
        var table = _folder.Write("l.csv", $"path,label\n{pool[0]},Apple\n{pool[1]},Appel\n{pool[2]},Plum\n");
        var import = Vaal("import", table);
        Assert.Equal(0, import.ExitCode);
        Assert.Contains("'Appel' is no declared class", import.Error);
        Assert.Contains("did you mean 'Apple'?", import.Error);
        Assert.StartsWith("1 label was added, 2 entries "
            + "left out", import.Out, StringComparison.Ordinal);
        Assert.Contains("none of the 2 images of the test set has a label", import.Out);

        var opened = Vaal("import", table, "--new-classes");
        Assert.Contains("'Appel' is a new class; if you meant 'Apple': vaal classes merge 'Appel' "
            + "'Apple'", opened.Error);
        Assert.Contains("'Plum' is a new class", opened.Error);
        Assert.Matches(@"^#\d+: 1 label changed; 'vaal undo' takes it back\ndeclared: Apple, Pear, Plum\n$",
            Vaal("classes", "merge", "Appel", "Apple").Out);
        Assert.Equal(["class pool test declared", "Pear 0 0 yes", "Plum 1 0 yes", "Apple 2 0 yes"],
            Rows(Vaal("classes", "list").Out));
        var renamed = Vaal("classes", "rename", "Plum", "Prune").Out.Split(':')[0];
        Assert.StartsWith($"took {renamed} back, the change of classes "
            + "(rename, ", Vaal("undo", renamed[1..]).Out, StringComparison.Ordinal);
        Assert.Matches($@"^{renamed}, the change of classes \(rename, .*\), was taken back already; nothing else ",
            Vaal("undo", renamed[1..]).Out);
        Assert.Equal(["class pool test declared", "Pear 0 0 yes", "Plum 1 0 yes", "Apple 2 0 yes"],
            Rows(Vaal("classes", "list").Out));
        Assert.Matches(@"#2 is not the last action; take #\d+ back first", Vaal("undo", "2").Error);
    }

    private static string[] Rows(string table) =>
        [.. table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    [Fact]
    public void Import_TheFirstLabels_ListsTheirClassesAndNamesTwins()
    {
        Assert.Equal(0, Vaal("init", _folder["images"], "--classes", "", "--quiet").ExitCode);
        var pool = Pool();
        var table = _folder.Write("l.csv",
            $"path,label\n{pool[0]},Red Pear\n{pool[1]},apple\n{pool[2]},red-pear\n{pool[3]},kiwi\n"
            + string.Concat(Enumerable.Range(0, 25).Select(i => $"none-{i}.png,kiwi\n")));
        var import = Vaal("import", table, "--quiet");
        Assert.Contains("4 classes: Red Pear, apple, kiwi, red-pear\n", import.Out);
        Assert.Contains("vaal: 'red-pear' is a new class; if you meant 'Red Pear': "
            + "vaal classes merge 'red-pear' 'Red Pear'\n", import.Error);
        Assert.DoesNotContain("'kiwi' is a new class", import.Error);
        // what was done stays in sight
        Assert.Equal(20 + 1 + 1, import.ErrorLines.Length);
        Assert.Contains("vaal: and 5 more; 'vaal import' with --dry-run --json lists all", import.ErrorLines);
    }

    [Fact]
    public void Init_NoFileCanBeUsed_IsOneAndSaysWhatToDo()
    {
        _folder.Write("telephone/a.heic", "\0\0\0\u0018ftypheic, and no more");
        var init = Vaal("init", _folder["telephone"], "--quiet");
        Assert.Equal(1, init.ExitCode);
        Assert.Contains("cannot be used: a.heic: not a JPEG, PNG, WebP, BMP or GIF file, but HEIC; convert it to JPEG",
            init.Error);
        Assert.Contains("\n  1 cannot be used\nnext: no image can be used; add JPEG", init.Out);
    }

    [Fact]
    public void Import_NothingFilledIn_IsOneLineAndOne()
    {
        var outcome =
            Vaal("import", _folder.Write("empty.csv", "path,label\n" + string.Concat(Pool().Select(p => $"{p},\n"))));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("vaal: empty.csv: column 'label' is empty in 6 rows; fill in the classes\n", outcome.Error);
    }

    [Fact]
    public void Next_MoreThanThereAre_ChoosesAllAtOnceAndReminds()
    {
        // would train for days
        var outcome = Vaal("next", "-n", "99999", "--strategy", "vaal", "--iterations", "1000000");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("6 images can still be chosen, and the budget is 99999: all of them were chosen, without "
            + "training", outcome.Error);
        Assert.Contains("Round 1: 6 images to label\n", outcome.Out);
        Assert.Contains("'vaal train' needs them: label 'Test images' in 'vaal serve'; or 'vaal export --what test'",
            outcome.Out);
        Assert.Equal(0, Vaal("report").ExitCode);
    }

    [Fact]
    public void Tables_AnyOfThem_HaveHeadersOfAtMost60Columns()
    {
        Assert.Equal(0, Vaal("next", "-n", "99999", "--quiet").ExitCode);
        foreach (var args in new string[][] { ["status"], ["classes", "list"] })
            Assert.All(Vaal(args).Out.Split('\n').Where(l => l.StartsWith("class ", StringComparison.Ordinal)
                || l.StartsWith("round ", StringComparison.Ordinal)),
                header => Assert.InRange(header.Length, 1, 60));
        var list = CommandLine.Run("data", "list", "--to", _folder["data"]);
        Assert.InRange(list.Out.Split('\n')[0].Length, 1, 60);
    }

    [Fact]
    public void Init_BeforeItIndexes_SaysWhatAndWhere()
    {
        var outcome = Vaal("init", _folder["images"]);
        Assert.StartsWith($"vaal: 8 image files in {_folder["images"]}; the workspace is "
            + $"{Path.Combine(_folder["images"], ".vaal")}\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Init_InsideAnotherWorkspaceAndQuiet_SaysSoToo()
    {
        _folder.Write("images/more/1.png", Pictures.Random(9));
        Assert.Equal("vaal: the images are in the folder of another workspace, "
            + $"{Path.Combine(_folder["images"], ".vaal")}; the two share no labels\n",
            Vaal("init", _folder["images/more"], "--encoder", "none", "--quiet").Error);
    }

    [Fact]
    public void Init_InsideAnotherWorkspace_SaysSoTheFirstTime()
    {
        _folder.Write("images/more/1.png", Pictures.Random(9));
        Assert.Contains("\nvaal: the images are in the folder of another workspace, "
            + $"{Path.Combine(_folder["images"], ".vaal")}; the two share no labels\n",
            Vaal("init", _folder["images/more"]).Error);
        Assert.DoesNotContain("another workspace", Vaal("init", _folder["images/more"]).Error);
        Assert.DoesNotContain("another workspace", Vaal("init", _folder["images"]).Error);
    }
}
