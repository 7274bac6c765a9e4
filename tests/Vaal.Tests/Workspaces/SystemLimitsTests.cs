using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Systems that lack something: locks, open files, a file that stays as long as it was.</summary>
public sealed class SystemLimitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SystemLimitsTests()
    {
        for (var i = 0; i < 4; i++) _folder.Write($"pool/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private Workspace Pool()
    {
        var w = Workspace.Create(_folder["pool"]);
        w.Index(new() { NearDuplicates = 0, Encoder = "none" });
        return w;
    }

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(199)]
    public void Program_TooFewOpenFiles_EndsWithOneLine(int most)
    {
        if (OperatingSystem.IsWindows()) return;
        var outcome = VaalProgram.RunInBash($"ulimit -n {most}; \"$0\" \"$@\"", "init", _folder["pool"], "--quiet");
        Assert.Equal((1, $"vaal: expected a limit of at least 200 open files, found {most}; raise it, such as with: "
            + "ulimit -n 1024\n"), (outcome.ExitCode, outcome.Error));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Program_AsFewOpenFilesAsAreAskedFor_Works()
    {
        if (OperatingSystem.IsWindows()) return;
        var outcome = VaalProgram.RunInBash("ulimit -n 200; \"$0\" \"$@\"", "init", _folder["pool"], "--quiet",
            "--encoder", "none");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    /// <summary>.NET has a switch that makes every file system one without locks.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Program_FileSystemWithoutLocks_SaysSoAndChangesNothing()
    {
        Pool().Dispose();
        var outcome = VaalProgram.RunInBash("DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1 \"$0\" \"$@\"", "next", "-n", "1",
            "--strategy", "random", "--workspace", _folder["pool"], "--quiet");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("has no locks, so two commands could change the workspace at once",
            Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
        using var w = Workspace.Open(_folder["pool"]);
        Assert.Empty(w.Rounds());
    }

    /// <summary>What would happen where a lock keeps nobody out.</summary>
    [Fact]
    public void Next_AnotherCommandRecordsARoundMeanwhile_ChangesNothing()
    {
        using var w = Pool();
        var chooser = new OtherRoundFirst(() =>
        {
            using var other = Workspace.Open(_folder["pool"]);
            other.RecordRound(SomeRound.Of(1), [new(1, 1, null, null)]);
        });
        Assert.Contains("round 1 was recorded by another command meanwhile",
            Assert.Throws<InputException>(() => w.Next(chooser)).Message, StringComparison.Ordinal);
        Assert.Single(w.Rounds());
    }

    private sealed class OtherRoundFirst(Action other) : Vaal.Data.Learning.IChooser
    {
        public int? Budget => 1;
        public long Seed => 1;
        public string? Regions => null;
        public LabelForm Labels => LabelForm.Class;
        public string Options => "{}";
        public Vaal.Data.Learning.IChooser Of(int budget) => this;
        public IEnumerable<string> Problems(string encoder) => [];

        public Vaal.Data.Learning.Choice Choose(Vaal.Data.Learning.ChoiceRequest request)
        {
            other();
            return new("random", new([request.Pool.Unlabelled[0]], []), ["drawn"], false, "{}", null);
        }
    }

    /// <summary>A mapped file that another program cuts short would end the process (SIGBUS).</summary>
    [Fact]
    public void Open_FileIsCutShortAfterwards_PixelsStay()
    {
        var path = _folder.Write("x.bin", [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251))]);
        using var store = PixelStore.Open(path, 4_096, 90_000);
        Shorten(path);
        Assert.Equal((byte)(94_095 % 251), store.Slice(89_999, 1)[0]);
        Assert.Equal((byte)(4_096 % 251), store.Slice(0, 1)[0]);
    }

    [Fact]
    public void Open_FileIsShorterThanItShouldBe_IsRefused()
    {
        var path = _folder.Write("x.bin", new byte[5_000]);
        Assert.Contains("expected 5,001 bytes in", Assert.Throws<InvalidDataException>(() =>
            PixelStore.Open(path, 4_096, 905)).Message, StringComparison.Ordinal);
    }

    /// <summary>By several threads, as a pool is scored.</summary>
    [Fact]
    public void Batch_LargeFileIsCutShortMeanwhile_EndsWithOneLineAndOne()
    {
        var path = _folder.Write("x.bin", new byte[300_000]);
        using var images = new ImageSet(PixelStore.Open(path, 0, 300_000, most: 0), 3, 10, 10);
        using (var batch = Vaal.Training.ImageBatches.Batch(images, [999])) Assert.Equal(300, batch.numel());
        Shorten(path);
        var error = new StringWriter();
        var exit = Vaal.Cli.Terminal.Run.Guard(() =>
        {
            Parallel.For(0, 1_000, id => Vaal.Training.ImageBatches.Batch(images, [id]).Dispose());
            return 0;
        }, default, error);
        Assert.Equal(1, exit);
        Assert.Matches(@"^vaal: expected \d+ more bytes in .*x\.bin, found its end; another program cut it short; "
            + @"give the same command again\n$", error.ToString());
    }

    /// <summary>Whoever remakes a cache renames a new file.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(PixelStore.ReadWhole)]
    public void Open_AnotherFileTakesTheName_PixelsAreOfTheFirst(long most)
    {
        if (OperatingSystem.IsWindows()) return;
        var path = _folder.Write("x.bin", [1, 2, 3, 4]);
        var whole = PixelStore.Open(path, 0, 4, most);
        AtomicFile.Create(path, to => to.Write([5, 6]));
        using var part = whole.Part(1, 3);
        whole.Dispose();
        var copy = new byte[2];
        part.CopyTo(1, copy);
        Assert.Equal([3, 4], copy);
        Assert.Equal([2, 3, 4], part.Slice(0, 3).ToArray());
    }

    /// <summary>Only what SQLite maps, and it reserves each block of that before.</summary>
    [Fact]
    public void Sources_MapNoFile()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, f => System.Text.RegularExpressions.Regex.IsMatch(
            File.ReadAllText(f), "MemoryMappedFile|mmap_size"));
    }

    private static void Shorten(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(10);
    }
}
