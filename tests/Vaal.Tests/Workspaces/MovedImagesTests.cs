using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A workspace that lies elsewhere, and whose images have moved.</summary>
public sealed class MovedImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MovedImagesTests()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"old/{i}.png", Pictures.Random(i));
        using (var w = Workspace.Create(_folder["old"], _folder["w"])) w.Index(new() { Encoder = "none" });
        Directory.Move(_folder["old"], _folder["new"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void StatusCheckAndNext_NameTheCommandThatHelps()
    {
        var said = $"the image folder {_folder["old"]} is not there any more; run 'vaal init DIR --workspace "
            + $"{_folder["w"]}' with its new place";
        Assert.Equal(said, Assert.Single(Workspace.Check(_folder["w"]).Files));
        using var w = Workspace.Open(_folder["w"]);
        Assert.Equal(said, w.Status().Next);
        var chooser = new BatchChooser(new NextOptions { Budget = 1, Strategy = "random" });
        Assert.Equal(said, Assert.Throws<InputException>(() => w.Next(chooser)).Message);
    }
}
