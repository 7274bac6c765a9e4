using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Tests;

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
        public int Budget => 1;
        public long Seed => 1;
        public string? Regions => null;
        public LabelForm Labels => LabelForm.Class;
        public string Options => "{}";
        public IEnumerable<string> Problems() => [];

        public Vaal.Data.Learning.Choice Choose(Vaal.Data.Learning.ChoiceRequest request)
        {
            other();
            return new("random", new([request.Pool.Unlabelled[0]], []), ["drawn"], false, "{}", null);
        }
    }

    /// <summary>A mapped file that another program cuts short would end the process (SIGBUS).</summary>
    [Fact]
    public void Map_FileIsCutShortAfterwards_PixelsStay()
    {
        var path = _folder.Write("x.bin", [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251))]);
        using var store = PixelStore.Map(path, 4_096, 90_000);
        using (var file = new FileStream(path, FileMode.Open)) file.SetLength(10);
        Assert.Equal((byte)(94_095 % 251), store.Slice(89_999, 1)[0]);
        Assert.Equal((byte)(4_096 % 251), store.Slice(0, 1)[0]);
    }

    [Fact]
    public void Map_FileIsShorterThanItShouldBe_IsRefusedBeforeItIsMapped()
    {
        var path = _folder.Write("x.bin", new byte[5_000]);
        Assert.Contains("expected 5,001 bytes in", Assert.Throws<InvalidDataException>(() =>
            PixelStore.Map(path, 4_096, 905)).Message, StringComparison.Ordinal);
    }
}
