using Vaal.Cluster.Pools;
using Vaal.Cluster.Work;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>A share that is away is no problem of an image; a file that was deleted is.</summary>
public sealed class ImageReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageReaderTests()
    {
        foreach (var name in new[] { "root/a.png", "root/sub/b.png", "root/sub/c.png", "root/x.tar" })
            _folder.Write(name, TinyJob.Png(0));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("root", "a.png", "expected the folder ", "found none; mount it")]
    [InlineData("root", "sub/b.png", "expected the folder ", "found none; mount it")]
    [InlineData("root/sub", "sub/b.png", "expected images in the folder ", "found no such folder; mount it")]
    [InlineData("root/x.tar", "x.tar#0+9#y.png", "expected the archive ", "found none; mount it")]
    public void Read_OfWhatIsAway_IsNoProblemOfTheImage(string away, string image, string expected, string found)
    {
        if (Directory.Exists(_folder[away])) Directory.Delete(_folder[away], recursive: true);
        else File.Delete(_folder[away]);
        using var reader = new ImageReader(_folder["root"], new());
        var e = Assert.Throws<ImagesAwayException>(() => reader.Read(new PoolEntry(image)));
        Assert.StartsWith(expected + _folder["root"], e.Message, StringComparison.Ordinal);
        Assert.Contains(found, e.Message, StringComparison.Ordinal);
    }

    /// <summary>The place of a share that is not mounted is an empty folder.</summary>
    [Theory]
    [InlineData("root", "a.png")]
    [InlineData("root/sub", "sub/b.png")]
    public void Read_InAnEmptyFolder_IsNoProblemOfTheImage(string away, string image)
    {
        Directory.Delete(_folder[away], recursive: true);
        Directory.CreateDirectory(_folder[away]);
        using var reader = new ImageReader(_folder["root"], new());
        Assert.Contains("found an empty one",
            Assert.Throws<ImagesAwayException>(() => reader.Read(new PoolEntry(image))).Message);
    }

    [Fact]
    public void Read_LinkIntoAShareThatIsAway_IsNoProblemOfTheImage()
    {
        if (OperatingSystem.IsWindows()) return;
        File.CreateSymbolicLink(_folder["root/link.png"], _folder["share/a.png"]);
        using var reader = new ImageReader(_folder["root"], new());
        Assert.Contains($"in the folder {_folder["share"]} ",
            Assert.Throws<ImagesAwayException>(() => reader.Read(new PoolEntry("link.png"))).Message);
        _folder.Write("share/b.png", TinyJob.Png(0));
        Assert.Equal("there is no such file", reader.Read(new PoolEntry("link.png")).Problem);
    }

    [Fact]
    public void Read_FileThatWasDeletedBesideOthers_IsAProblemOfTheImage()
    {
        File.Delete(_folder["root/sub/b.png"]);
        using var reader = new ImageReader(_folder["root"], new());
        Assert.Equal("there is no such file", reader.Read(new PoolEntry("sub/b.png")).Problem);
        Assert.Equal("there is no such file", reader.Read(new PoolEntry(_folder["root/sub/b.png"])).Problem);
    }

    /// <summary>Without a cluster the command ends, and goes on when the share is back.</summary>
    [Fact]
    public void Run_WhoseImagesAreAway_WritesNoResult()
    {
        using var tiny = new TinyJob(40, 10);
        var expected = tiny.OneMachine();
        var (job, files) = tiny.Made("out");
        Directory.Move(tiny["images"], tiny["aside"]);
        Assert.Throws<ImagesAwayException>(() => new LocalJob(job, files, tiny.Work(job, files)).Run());
        Assert.Equal(0, files.DoneIn(job, Stage.Embed));
        Directory.Move(tiny["aside"], tiny["images"]);
        new LocalJob(job, files, tiny.Work(job, files)).Run();
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
    }

    [Fact]
    public void Need_InAStoreThatIsAway_IsNoMistakeOfTheJob()
    {
        using var tiny = new TinyJob(20, 5);
        var (_, files) = tiny.Made("out");
        Assert.Throws<InputException>(() => files.Need(Stage.Embed, 0));
        File.Delete(tiny[$"out/{JobFiles.ManifestName}"]);
        Assert.Throws<IOException>(() => files.Need(Stage.Embed, 0));
    }

    [Fact]
    public void Lend_ToTwoJobs_IsOneEncoder_UntilBothGiveItBack()
    {
        using var tiny = new TinyJob(20, 5);
        var shelf = new EncoderShelf();
        var (one, two) = (shelf.Lend(tiny.Wanted), shelf.Lend(tiny.Wanted with { Name = "other" }));
        Assert.Same(one.Encoder, two.Encoder);
        one.Dispose();
        using (var three = shelf.Lend(tiny.Wanted)) Assert.Same(two.Encoder, three.Encoder);
        two.Dispose();
        using var next = shelf.Lend(tiny.Wanted);
        Assert.NotSame(two.Encoder, next.Encoder);
    }
}
