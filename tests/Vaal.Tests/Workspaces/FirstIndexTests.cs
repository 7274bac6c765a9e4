using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A first <c>init</c> that fails takes away what it made, and nothing else.</summary>
public sealed class FirstIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FirstIndexTests()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private string[] There() => [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)];

    private string Failed(IndexOptions options, string? workspace = null)
    {
        using var w = Workspace.Create(_folder["images"], workspace);
        return Assert.Throws<InputException>(() => w.Index(options)).Message;
    }

    private IndexOptions WithoutItsList => new() { TestList = _folder["missing.txt"] };

    /// <summary>Before an image is decoded, and after all are.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("work/of/mine")]
    public void Index_FirstFails_LeavesNothing(string? workspace)
    {
        var (before, place) = (There(), workspace is null ? null : _folder[workspace]);
        Assert.StartsWith("there is no file", Failed(WithoutItsList, place), StringComparison.Ordinal);
        Assert.Equal(before, There());
        var tooMany = Failed(new() { Test = TestSize.Parse("6") }, place);
        Assert.Contains("would leave none", tooMany, StringComparison.Ordinal);
        Assert.Equal(before, There());
    }

    [Fact]
    public void Index_LaterOneFails_LeavesTheWorkspace()
    {
        using (var w = Workspace.Create(_folder["images"])) w.Index(new());
        var before = There();
        Failed(WithoutItsList);
        Assert.Equal(before, There());
        using var kept = Workspace.Open(_folder["images"]);
        Assert.Equal(6, kept.Images().Count);
    }

    [Fact]
    public void Index_Again_SaysThatFilesAreCompared()
    {
        using var w = Workspace.Create(_folder["images"]);
        var events = new List<TrainEvent>();
        w.Index(new() { Report = events.Add });
        Assert.DoesNotContain(events, e => e.Phase == "comparing files with the index");
        w.Index(new() { Report = events.Add });
        Assert.Contains(events, e => e.Phase == "comparing files with the index" && e.Total == 6);
    }

    [Fact]
    public void Index_FailsAndIsTriedAgain_IsThere()
    {
        using (var w = Workspace.Create(_folder["images"]))
        {
            Assert.Throws<InputException>(() => w.Index(WithoutItsList));
            w.Index(new());
        }
        using var kept = Workspace.Open(_folder["images"]);
        Assert.Equal(6, kept.Images().Count);
    }

    [Fact]
    public void Index_FirstFails_WhereAnotherHasBegun_LeavesItToThem()
    {
        var failing = Workspace.Create(_folder["images"]);
        using var other = Workspace.Create(_folder["images"]);
        Assert.Throws<InputException>(() => failing.Index(WithoutItsList));
        failing.Dispose();
        other.Index(new());
        using var seen = Workspace.Open(_folder["images"]);
        Assert.Equal(6, seen.Images().Count);
    }

    [Fact]
    public void Index_FirstFails_WhereAnotherWasQuicker_LeavesTheirs()
    {
        using (var slow = Workspace.Create(_folder["images"]))
        {
            using (var quick = Workspace.Create(_folder["images"])) quick.Index(new());
            Assert.Throws<InputException>(() => slow.Index(WithoutItsList));
        }
        using var kept = Workspace.Open(_folder["images"]);
        Assert.Equal(6, kept.Images().Count);
    }

    [Fact]
    public void Index_FirstFails_KeepsWhatTheUserMadeBefore()
    {
        _folder.Write("images/.vaal/notes.txt", "mine");
        using (var w = Workspace.Create(_folder["images"]))
        {
            w.AddAnnotator("ann", owner: false);
            Assert.Throws<InputException>(() => w.Index(WithoutItsList));
        }
        using (var kept = Workspace.Open(_folder["images"])) Assert.Single(kept.People());
        Assert.True(File.Exists(_folder["images/.vaal/notes.txt"]));
    }

    [Fact]
    public void Index_FirstFails_LeavesAFolderThatWasThere()
    {
        _folder.Write("images/.vaal/notes.txt", "mine");
        var before = There();
        Failed(WithoutItsList);
        Assert.Equal(before, There());
    }

    /// <summary>Decoded pictures are kept for the next try, and no workspace is.</summary>
    [Fact]
    public void Index_FirstIsStopped_KeepsDecodedPictures()
    {
        using var stop = new CancellationTokenSource();
        using (var w = Workspace.Create(_folder["images"]))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => w.Index(new()
            {
                Cancel = stop.Token,
                Report = e => { if (e.Done == e.Total) stop.Cancel(); },
            }));
        }
        var left = Directory.EnumerateFileSystemEntries(_folder["images/.vaal"]);
        Assert.Equal([".pixels"], left.Select(Path.GetExtension));
    }
}
