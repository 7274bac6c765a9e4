using System.Diagnostics;
using System.Text.Json;
using Vaal.Bench;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>The program as users start it, and several at once on one workspace.</summary>
[Trait("Category", "Slow")]
public sealed class WorkspaceProcessesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public WorkspaceProcessesTests()
    {
        for (var i = 0; i < 4; i++) _folder.Write($"{"ab"[i / 2]}/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private static string Program => VaalProgram.Path;

    private (int Exit, string Out, string Error) Vaal(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(
                Program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _folder.Path
            })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    [Fact]
    public void Program_FromFolderToExportAndBack()
    {
        var init = Vaal("init", ".", "--near-duplicates", "0", "-q");
        Assert.Equal((0, ""), (init.Exit, init.Error));
        Assert.StartsWith($"4 images in {_folder.Path}: 4 new\n", init.Out, StringComparison.Ordinal);

        _folder.Write("l.csv", "path,label\na/0.png,cat\nb/2.png,dog\nnone.png,dog\n");
        var import = Vaal("import", "l.csv", "--by", "ann");
        Assert.Equal((0, "vaal: line 4: no image 'none.png' in the workspace\n"), (import.Exit, import.Error));
        Assert.StartsWith(
            "2 labels were added, 1 entry left out", import.Out,
            StringComparison.Ordinal);

        using var status = JsonDocument.Parse(Vaal("status", "--json").Out);
        Assert.Equal((4, 2, 2), (Number("images"), Number("labelled"), Number("unlabelled")));
        int Number(string name) => status.RootElement.GetProperty(name).GetInt32();

        var export = Vaal("export", "--what", "unlabelled", "--out", "todo.csv", "--workspace", _folder.Path);
        Assert.Equal((0, $"2 images in {_folder["todo.csv"]}\n"), (export.Exit, export.Out));
        Assert.Equal(
            "path,label,rank,score,reason,pre_label\na/1.png,,,,,\nb/3.png,,,,,\n",
            File.ReadAllText(_folder["todo.csv"]).ReplaceLineEndings("\n"));

        Assert.Matches(@"^took #\d+ back, the import \(l\.csv, .*\): 2 labels removed, 0 restored", Vaal("undo").Out);
        const string words = @"(?s)^#1 .*4 images: 4 new\n#\d+ .*from l\.csv: 2 added, 1 left out\n#\d+ .*took #\d+";
        Assert.Matches(words, Vaal("log").Out);
        string[] log = Vaal("log", "--json").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["init", "import", "undo"],
            log.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("what").GetString()));
    }

    [Fact]
    public void Program_Mistakes_AreOneLineAndOne()
    {
        Assert.Equal(0, Vaal("init", "-q").Exit);
        Assert.Equal((1, "", "vaal: there is nothing to take back: no import, label or round\n"), Vaal("undo"));
        string[][] mistakes = [
            ["init", "nowhere"], ["init", ".", "--size", "50"], ["init", ".", "--test", "200%"],
            ["import", "nowhere.csv"], ["export", "--format", "bald"], ["export"], ["status", "--workspace", "a"]];
        foreach (var mistake in mistakes)
        {
            var (exit, output, error) = Vaal(mistake);
            Assert.True(exit == 1 && output.Length == 0 && error.StartsWith("vaal: ", StringComparison.Ordinal)
                && error.Count(c => c == '\n') == 1, $"{string.Join(' ', mistake)}: {exit} {output} {error}");
        }
    }

    [Fact]
    public void Program_WorkspaceIsHeld_SaysByWhom()
    {
        using var w = Workspace.Create(_folder.Path);
        w.Index(new());
        using (w.Lock("next"))
        {
            var (exit, _, error) = Vaal("undo");
            Assert.Equal(1, exit);
            Assert.Matches(
                $@"^vaal: another vaal \(next, pid {Environment.ProcessId}, since \d\d:\d\d\) works on this workspace; "
                + @"wait or stop it\n$", error);
        }
        Assert.Contains("nothing to take back", Vaal("undo").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_ReadOnlyImages_WorkspaceElsewhere()
    {
        if (OperatingSystem.IsWindows()) return;                                     // no such modes
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            using var elsewhere = new TemporaryFolder();
            if (Environment.UserName != "root")                                      // nothing is read-only to root
                Assert.Contains(
                    "name a folder that can be written with --workspace", Vaal("init", ".").Error,
                    StringComparison.Ordinal);
            Assert.Equal(0, Vaal("init", ".", "--workspace", elsewhere.Path).Exit);
        }
        finally
        {
            File.SetUnixFileMode(
                _folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void Label_ManyThreadsAndAProcess_NothingIsLost()
    {
        using var w = Workspace.Create(_folder.Path);
        w.Index(new());
        int[] ids = [.. w.Images().Select(i => i.Id)];
        _folder.Write("l.csv", "path,label\na/0.png,from the file\n");
        using var process = Process.Start(
            new ProcessStartInfo(
                Program, [
                    "import", _folder["l.csv"], "--workspace", _folder.Path, "--replace"])
            {
                RedirectStandardOutput =
                        true,
                RedirectStandardError = true
            })!;
        Parallel.For(0, 4, thread =>
        {
            using var mine = Workspace.Open(_folder.Path);
            for (var i = 0; i < 10; i++) mine.Label(ids[(thread + i) % 3 + 1], $"{thread} {i}", [], "me", "page");
        });
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(w.Problems());
        Assert.Equal(4, w.Labels().Count);
        Assert.Equal(40, w.Entries().Count(e => e.What == "label"));
    }

    [Fact]
    public void Program_KilledAtRandomMoments_LosesNothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGKILL");
        using var folder = new TemporaryFolder();
        Assert.Equal(12, KillWorkspace.Kill(Program, folder.Path, kills: 12, seed: 1).Values.Sum());
    }
}
