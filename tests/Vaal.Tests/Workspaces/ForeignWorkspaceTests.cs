using Microsoft.Data.Sqlite;
using SkiaSharp;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A workspace from somebody else: what its database and its links name outside of the image folder is not
/// read.</summary>
public sealed class ForeignWorkspaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ForeignWorkspaceTests()
    {
        _folder.Write("secret.png", Pictures.Random(99));
        for (var i = 0; i < 3; i++) _folder.Write($"pool/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    private string Pool => _folder["pool"];

    private void Index(IndexOptions? options = null)
    {
        using var w = Workspace.Create(Pool);
        w.Index(options ?? new() { NearDuplicates = 0 });
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder["pool/.vaal/vaal.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string Absolute => _folder["secret.png"];

    [Fact]
    public void Preview_LinkThatLeadsOut_CountsWhatInitWouldRead()
    {
        _folder.Write("other/a.png", Pictures.Random(4));
        Directory.CreateSymbolicLink(_folder["pool/linked"], _folder["other"]);
        Assert.Equal(3, Workspace.Preview(Pool).Images);
        Assert.Equal(4, Workspace.Preview(Pool, followLinks: true).Images);
        Index(new() { FollowLinks = true });
        Assert.Equal(4, Workspace.Preview(Pool).Images);                              // init said so once
    }

    public static TheoryData<string> Outside =>
        ["../secret.png", "ABSOLUTE", "sub/../../secret.png", "0.png/../../secret.png"];

    [Theory, MemberData(nameof(Outside))]
    public void Commands_PathInTheDatabaseLeadsOut_ReadNothingThere(string path)
    {
        Index();
        path = path == "ABSOLUTE" ? Absolute : path;
        Sql($"update images set path = '{path}', modified = 1 where path = '1.png'");
        foreach (var cache in Directory.GetFiles(_folder["pool/.vaal"], "*.pixels")) File.Delete(cache);
        using var w = Workspace.Open(Pool);

        using (var images = w.LoadImages()) Assert.Equal(["0.png", "2.png"], images.Images.Paths);
        var error = Assert.Throws<InputException>(() => w.Export(ExportWhat.All, "image-folder"));
        Assert.Contains("leads out of the image folder", error.Message, StringComparison.Ordinal);
        Assert.Null(w.ImageFiles.FileOf(path, out _));
        w.Export(ExportWhat.All, "csv");                                             // which reads no image
    }

    [Fact]
    public void Thumbnails_PathLeadsOut_ShowThePoolsOwnPixels()
    {
        var grey = PixelStore.Allocate(3 * 32 * 32);
        grey.Writable(0, 3 * 32 * 32).Fill(128);
        using var pool = new ImageSet(grey, 3, 32, 32, paths: ["../secret.png"]);
        var sheet = Vaal.Reports.Thumbnails.OfFiles(ImageRoot.Of(Pool, followLinks: false), pool, [0])!;
        using var picture = SKBitmap.Decode(sheet.Image);
        Assert.Equal(128, picture.GetPixel(picture.Width / 2, picture.Height / 2).Green, 4f);
    }

    [Fact]
    public void Index_LinksThatLeadOut_AreNamedAndNotRead_UnlessTheUserSaysSo()
    {
        _folder.Write("other/9.png", Pictures.Random(9));
        File.CreateSymbolicLink(_folder["pool/link.png"], "../secret.png");
        File.CreateSymbolicLink(_folder["pool/inside.png"], "0.png");
        Directory.CreateSymbolicLink(_folder["pool/below"], "../other");
        using (var w = Workspace.Create(Pool))
        {
            var report = w.Index(new() { NearDuplicates = 0 });
            Assert.Equal(["link.png"], report.Broken.Select(b => b.Path));
            Assert.Contains("a link leads out", report.Broken[0].Reason, StringComparison.Ordinal);
            Assert.Contains(
                report.Notes, n => n.StartsWith("below is a link that leads out", StringComparison.Ordinal));
            Assert.Equal(ImageState.Duplicate, w.Images().Single(i => i.Path == "inside.png").State);
        }
        using (var w = Workspace.Create(Pool))
        {
            Assert.Empty(w.Index(new() { NearDuplicates = 0, FollowLinks = true }).Broken);
            Assert.Equal(ImageState.Ok, w.Images().Single(i => i.Path == "below/9.png").State);
        }
        using (var w = Workspace.Create(Pool))                                       // it is remembered
            Assert.Empty(w.Index(new() { NearDuplicates = 0 }).Broken);

        // but not where the folder comes to somebody else
        Directory.Move(Pool, _folder["moved"]);
        using var moved = Workspace.Create(_folder["moved"]);
        Assert.Null(moved.ImageFiles.FileOf("link.png", out _));
        Assert.NotNull(moved.ImageFiles.FileOf("0.png", out _));
    }

    [Fact]
    public void Export_FileBecomesALinkThatLeadsOut_IsNotCopied()
    {
        Index();
        File.Delete(_folder["pool/1.png"]);
        File.CreateSymbolicLink(_folder["pool/1.png"], Absolute);
        using var w = Workspace.Open(Pool);
        Assert.Contains("a link leads out of the image folder", Assert.Throws<InputException>(() =>
            w.Export(ExportWhat.All, "image-folder")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["pool/.vaal/exports/all-image-folder"]));
    }

    [Theory]
    [InlineData("../..")]
    [InlineData("/")]
    [InlineData("../../other")]
    [InlineData("sub")]
    public void Open_DatabaseNamesAnotherImageFolder_IsRefused(string root)
    {
        Index();
        Sql($"update settings set value = '{root}' where name = 'root'");
        var error = Assert.Throws<InputException>(() => Workspace.Open(Pool));
        Assert.StartsWith($"expected the images of {_folder["pool/.vaal"]} in {Pool}, found", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Index_DatabaseNamesATableElsewhere_IsRefused()
    {
        Index();
        _folder.Write("private.csv", "path\n0.png\n");
        Sql("update settings set value = '../private.csv' where name = 'source'");
        using var w = Workspace.Open(Pool);
        Assert.Contains("leads out of it", Assert.Throws<InputException>(() => w.Index(new())).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Whoever joins the image folder and a path by hand goes round the check.</summary>
    [Fact]
    public void Sources_PathsOfImages_AreJoinedInOnePlace()
    {
        string[] projects = ["Vaal.Workspaces", "Vaal.Reports", "Vaal.Web", "Vaal.Cli", "Vaal"];
        var offences = projects.Select(p => Path.Combine(Repository.Root, "src", p)).Where(Directory.Exists)
            .SelectMany(p => Directory.EnumerateFiles(p, "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Where(l => Joined.IsMatch(l)).Select(l => $"{f}: {l.Trim()}"));
        Assert.Empty(offences);
    }

    // Path.Combine(Root, row.Path), Path.Join(workspace.Root, image.Row.Path), …
    private static readonly System.Text.RegularExpressions.Regex Joined =
        new(@"Path\.(Combine|Join)\((\w+\.)*[Rr]oot, (\w+\.)*([Pp]ath|image|name|[Pp]aths\[.*)\b");
}
