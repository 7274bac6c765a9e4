using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Links to images.</summary>
public sealed partial class WorkspaceIndexTests
{
    /// <summary>A link's own length and time stay as they are.</summary>
    [Fact]
    public void Index_LinkInAManifestToAPictureThatChanges_IsIndexedAnew()
    {
        var picture = _folder.Write("store/picture", Pictures.Random(1));
        File.CreateSymbolicLink(_folder["a.png"], picture);
        var table = _folder.Write("list.csv", "path,label\na.png,\n");
        Assert.Equal(1, Index(source: table).Images);
        Assert.Empty(Workspace.Check(_folder.Path).Files);
        _folder.Write("store/picture", Pictures.Random(2));
        File.SetLastWriteTimeUtc(picture, DateTime.UtcNow.AddHours(1));
        Assert.Equal(
            "a.png has changed since it was indexed; 'vaal init' updates the index",
            Assert.Single(Workspace.Check(_folder.Path).Files));
        Assert.Equal(1, Index(source: table).Changed);
        Assert.Equal(0, Index(source: table).Changed);
    }
}
