using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Images that are alike by their features.</summary>
public sealed class SimilarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void To_ByHand_IsTheCosineLessTheMean()
    {
        // rows (1, 0), (3, 0), (2, 3), none: mean (2, 1); less it (−1, −1), (1, −1), (0, 2)
        using var file = PixelStore.Copy(System.Runtime.InteropServices.MemoryMarshal.AsBytes<Half>(
            [(Half)1, (Half)0, (Half)3, (Half)0, (Half)2, (Half)3]));
        using var rows = new FeatureRows(file, "", [0, 4, 8, -1], 2, new Dictionary<int, string>());
        var found = new Likeness(rows).To(rows[0]);
        Assert.Equal([1, 0, -1 / Math.Sqrt(2), double.NaN], found, (a, b) => a.Equals(b) || Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Neighbours_ACopyAndAStranger_AreFound()
    {
        // three bundles of directions, a copy of row 0, and a row that points away from all
        var random = new Random(1);
        var values = new float[42 * 6];
        for (var i = 0; i < 40; i++)
            for (var f = 0; f < 6; f++) values[i * 6 + f] = (f == i % 3 ? 5 : 0) + random.NextSingle();
        values.AsSpan(0, 6).CopyTo(values.AsSpan(40 * 6));
        values[40 * 6] += 0.001f;
        values[41 * 6 + 5] = 9;
        var found = Neighbours.Of(values, 6);
        Assert.Contains((0, 40), found.Pairs);
        Assert.DoesNotContain(found.Pairs, p => p.A == 41 || p.B == 41);
        Assert.Equal([41], found.Outliers());
        Assert.Empty(Neighbours.Of(values[..(19 * 6)], 6).Outliers());
    }

    [Fact]
    public void FeatureLook_AfterMakeFeatures_NamesTheStrangerAndIsInTheStatus()
    {
        for (var n = 0; n < 30; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        _folder.Write("photos/black.jpg", TestImages.Jpeg(80, 72, (_, _) => SKColors.Black));
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0 });
        Assert.Null(workspace.Status().Features);
        workspace.MakeFeatures(new FeatureMaker());
        var look = workspace.Status().Features!;
        Assert.Equal((encoder, 31, 0, true), (look.Encoder, look.Images, look.Without, look.Compared));
        Assert.Equal("black.jpg", look.Outliers[0]);
    }

    [Fact]
    public void Similar_ImageOfThePoolOrAFile_ListsItsColourFirst()
    {
        for (var n = 0; n < 12; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        _folder.Write("other/new.jpg", Photo(31));
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions
        {
            Encoder = encoder,
            NearDuplicates = 0,
            TestList = _folder.Write("test.txt", "00.jpg\n"),
        });
        workspace.Label(workspace.Images().Single(i => i.Path == "06.jpg").Id, "red", [], "me", "test");
        var maker = new FeatureMaker();
        var inPool = workspace.Similar(maker, "03.jpg", 3).Similar;
        Assert.Equal(3, inPool.Count);
        Assert.DoesNotContain(inPool, s => s.Path == "03.jpg");
        Assert.All(inPool, s => Assert.Equal(0, int.Parse(s.Path[..2], null) % 3));
        Assert.Equal([("00.jpg", null, true), ("06.jpg", "red", false), ("09.jpg", null, false)],
            inPool.Select(s => (s.Path, s.Label, s.Test)).Order());
        Assert.Equal(
            inPool.Select(AsJson.Of), workspace.Similar(maker, _folder["photos/03.jpg"], 3).Similar.Select(AsJson.Of));
        var ofFile = workspace.Similar(maker, _folder["other/new.jpg"], 4).Similar;
        Assert.All(ofFile, s => Assert.Equal(1, int.Parse(s.Path[..2], null) % 3));
        Assert.Equal(ofFile.OrderByDescending(s => s.Similarity), ofFile);

        _folder.Write("other/bad.jpg", "no picture");
        Assert.StartsWith(
            "expected an image of the workspace or a file", Message("none.jpg"), StringComparison.Ordinal);
        Assert.Contains("has no features", Message(_folder["other/bad.jpg"]), StringComparison.Ordinal);

        string Message(string image) =>
            Assert.Throws<InputException>(() => workspace.Similar(maker, image, 1)).Message;
    }

    [Fact]
    public void Similar_LinkToAPictureThatChanges_IsLookedAtAnew()
    {
        for (var n = 0; n < 6; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        var picture = _folder.Write("store/picture", Photo(31));
        File.CreateSymbolicLink(_folder["link.jpg"], picture);
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0 });
        Assert.Equal(["01.jpg", "04.jpg"], Nearest());
        _folder.Write("store/picture", Photo(32));
        File.SetLastWriteTimeUtc(picture, DateTime.UtcNow.AddHours(1));
        Assert.Equal(["02.jpg", "05.jpg"], Nearest());

        IEnumerable<string> Nearest() =>
            workspace.Similar(new FeatureMaker(), _folder["link.jpg"], 2).Images.Select(s => s.Path).Order();
    }

    [Fact]
    public void Similar_WithoutAnEncoder_SaysWhatToDo()
    {
        for (var n = 0; n < 3; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = "none", NearDuplicates = 0 });
        Assert.StartsWith("expected features to compare images, found a workspace without an encoder",
            Assert.Throws<InputException>(() => workspace.Similar(new FeatureMaker(), "00.jpg", 1)).Message,
            StringComparison.Ordinal);
    }

    private static byte[] Photo(int n)
    {
        SKColor[] colours = [SKColors.Red, SKColors.LimeGreen, SKColors.Blue];
        return TestImages.Jpeg(80, 72, (x, y) => (x + y + 7 * n) % 40 < 30 ? colours[n % 3]
            : new SKColor((byte)(8 * n), (byte)(3 * x), (byte)(3 * y)));
    }
}
