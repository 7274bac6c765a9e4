using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Features of a workspace's images, as <c>vaal init</c> makes them.</summary>
public sealed class WorkspaceFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Photos(int count, int width = 96, int height = 72)
    {
        for (var n = 0; n < count; n++)
        {
            var i = n;
            _folder.Write($"photos/{i:000}.jpg",
                TestImages.Jpeg(width, height, (x, y) => new SKColor((byte)(5 * i + x), (byte)(y * i), (byte)(x * y))));
        }
        return _folder["photos"];
    }

    private Outcome Init(params string[] args) => CommandLine.Run(["init", _folder["photos"], "--quiet", .. args]);

    private string Features => _folder["photos/.vaal/features"];

    private string FeatureFile => Assert.Single(Directory.GetFiles(Features, "*.features"));

    private static float[] Rows(string folder)
    {
        using var workspace = Workspace.Open(folder);
        using var rows = SourceFeatures.Of(workspace.Sources())!;
        return rows.Rows([.. Enumerable.Range(0, rows.Count)]);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_Photographs_MakesFeaturesOnceAndAddsWhatIsNew()
    {
        Photos(12);
        Assert.Equal((0, ""), (Init().ExitCode, Init().Error));
        Assert.StartsWith("resnet18-", Path.GetFileName(FeatureFile), StringComparison.Ordinal);
        var before = new FileInfo(FeatureFile).Length;
        var first = Rows(_folder["photos"]);
        Assert.Equal(12 * 512, first.Length);
        Assert.Equal((0, before), (Init().ExitCode, new FileInfo(FeatureFile).Length));
        File.Move(_folder["photos/000.jpg"], _folder["photos/x.jpg"]);
        Photos(14);
        Assert.Equal(0, Init().ExitCode);
        var after = Rows(_folder["photos"]);
        Assert.Equal(first[512..], after[512..(12 * 512)]);
        Assert.Equal(0, Init("--encoder", "none").ExitCode);
        using var workspace = Workspace.Open(_folder["photos"]);
        Assert.Equal(("none", null), (workspace.Encoder, SourceFeatures.Of(workspace.Sources())));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_SmallImages_MakesNone()
    {
        Photos(6, 30, 30);
        Assert.Equal(0, Init().ExitCode);
        Assert.False(Directory.Exists(Features));
        using var workspace = Workspace.Open(_folder["photos"]);
        Assert.Equal("none", workspace.Encoder);
    }

    [Theory]
    [InlineData(new[] { 100, 20, 32 }, "resnet18")]
    [InlineData(new[] { 100, 31, 20 }, "none")]
    [InlineData(new[] { 0, 0, 500 }, "resnet18")]
    [InlineData(new int[0], "none")]
    public void Encoder_OfANewPool_IsByItsMedianSide(int[] sides, string encoder) =>
        Assert.Equal(encoder, ImageSources.EncoderFor(sides));

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("bald", "expected one of the encoders resnet18, dinov2-small")]
    [InlineData("nowhere.onnx", "found no such file")]
    [InlineData("dinov2-small", "'vaal encoder fetch dinov2-small' fetches it (89 MB)")]
    public void Init_EncoderThatCannotBe_IsOneLine(string name, string message)
    {
        Photos(3);
        var outcome = VaalProgram.RunInBash("XDG_CACHE_HOME=\"$1\"; export XDG_CACHE_HOME; shift; exec \"$0\" \"$@\"",
            [_folder["cache"], "init", _folder["photos"], "--quiet", "--encoder", name]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.Contains(message, Assert.Single(outcome.ErrorLines));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_AgainWithAnEncoderThatIsNotHere_ChangesNothing()
    {
        Photos(3);
        Assert.Equal(0, Init("--encoder", "none").ExitCode);
        Photos(4);
        var outcome = VaalProgram.RunInBash("XDG_CACHE_HOME=\"$1\"; export XDG_CACHE_HOME; shift; exec \"$0\" \"$@\"",
            [_folder["cache"], "init", _folder["photos"], "--quiet", "--encoder", "dinov2-small"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("'vaal encoder fetch dinov2-small' fetches it", Assert.Single(outcome.ErrorLines));
        using var workspace = Workspace.Open(_folder["photos"]);
        Assert.Equal(("none", 3), (workspace.Encoder, workspace.Images().Count));
    }

    /// <summary>Each is compared with each, so that their number is limited.</summary>
    [Fact]
    public void MakeFeatures_TooManyToCompare_SaysSoAndReportsNoComparison()
    {
        using var workspace = Workspace.Create(Photos(1));
        using (var db = new Database(_folder["photos/.vaal/vaal.db"]))
            db.Execute("with recursive n (i) as (select 1 union all select i + 1 from n where i < 20001) "
                + "insert into images (path, bytes, modified, width, height, state) "
                + "select i || '.png', 1, 1, 9, 9, 'ok' from n");
        var events = new List<TrainEvent>();
        var (notes, problems) = workspace.MakeFeatures(new OneRowForAll(), events.Add);
        Assert.Equal("20,001 images are too many to compare features; the limit is 20,000", Assert.Single(notes));
        Assert.Empty(problems);
        Assert.Empty(events);
    }

    private sealed class OneRowForAll : IFeatureMaker
    {
        FeatureRows IFeatureMaker.Make(ImageSources sources, Func<Pool> pool, ICollection<string> notes,
            Action<TrainEvent>? report, CancellationToken cancel) =>
            new(PixelStore.Copy(new byte[2]), "", new long[sources.Files.Count], 1, new Dictionary<int, string>());
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_KilledWhileEncoding_GoesOn()
    {
        Photos(60);
        var kills = 0;
        for (var at = 1; at <= 3; at++)
        {
            using var process = VaalProgram.Start(["init", _folder["photos"], "--quiet"]);
            var wanted = at * 9_000;
            SpinWait.SpinUntil(() => process.HasExited || (Directory.Exists(Features)
                && Directory.GetFiles(Features, "*.features").Any(f => new FileInfo(f).Length > 4_096 + wanted)),
                    TimeSpan.FromMinutes(1));
            if (!process.HasExited) kills++;
            process.Kill();
            process.WaitForExit();
        }
        Assert.True(kills > 0);
        var left = new FileInfo(FeatureFile).Length;
        Assert.True(left > 4_096);
        Assert.Equal(0, Init().ExitCode);
        var killed = Rows(_folder["photos"]);
        using (var file = new FileStream(FeatureFile, FileMode.Open)) Assert.True(file.Length >= left);
        Directory.Delete(Features, recursive: true);
        var whole = Rows(_folder["photos"]);
        Assert.All(whole.Zip(killed), p => Assert.Equal(p.First, p.Second, 0.05f));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_TableOfFeatures_IsMatchedByPath()
    {
        Photos(2);
        _folder.Write("f.txt", "001.jpg\n000.jpg\n");
        const string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n";
        _folder.Write("f.npy",
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header),
            .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);
        Assert.Equal(0, Init("--encoder", _folder["f.npy"]).ExitCode);
        Assert.Equal([2, 1], Rows(_folder["photos"]));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Init_PixelsVae_TrainsOnThePoolAndKeepsIt()
    {
        Photos(40, 64, 64);
        string[] init = ["init", _folder["photos"], "--size", "32", "--encoder", "pixels-vae"];
        using (var process = VaalProgram.Start(init))
        {
            var line = process.StandardError.ReadLine();
            while (line?.Contains("training VAE", StringComparison.Ordinal) == false)
                line = process.StandardError.ReadLine();
            Assert.NotNull(line);
            process.Kill();                                                          // the rest takes a while
            process.WaitForExit();
        }
        using var images = TinyImages.Set(40, channels: 3);
        PixelsVaeEncoder.OpenBriefly(
            new() { State = Features, Pool = () => new Pool(images) }, iterations: 3).Dispose();
        var trained = File.ReadAllBytes(Path.Combine(Features, "pixels-vae.safetensors"));
        Assert.Equal(0, CommandLine.Run(init).ExitCode);
        Assert.Equal(40 * 32, Rows(_folder["photos"]).Length);
        Assert.Equal(trained, File.ReadAllBytes(Path.Combine(Features, "pixels-vae.safetensors")));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void EncoderCommand_ListCheckAndWrongFiles_SayWhatIsThere()
    {
        var list = CommandLine.Run("encoder", "list", "--to", _folder["models"]);
        Assert.Equal(0, list.ExitCode);
        foreach (var name in PretrainedEncoders.All.Keys) Assert.Single(list.Out.Split('\n'), l =>
            l.StartsWith(name + " ", StringComparison.Ordinal));
        var check = CommandLine.Run("encoder", "check", "resnet18", "dinov2-small", "--to", _folder["models"]);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("resnet18: the model is whole", check.Out);
        Assert.Contains("dinov2-small is not there; 'vaal encoder fetch dinov2-small' fetches it", check.Out);
        var wrong = CommandLine.Run("encoder", "fetch", "dinov2-small", "--from",
            _folder.Write("other.onnx", "no model"), "--to", _folder["models"], "--quiet");
        Assert.Equal((1, ""), (wrong.ExitCode, wrong.Out));
        Assert.Contains("nothing of it was kept", Assert.Single(wrong.ErrorLines));
        using var server = new FileServer(a => FileServer.Proper(a, new byte[100]));
        var other = CommandLine.Run("encoder", "fetch", "siglip-base", "--from", server.Address, "--to",
            _folder["models"], "--quiet");
        Assert.Contains("found 100 bytes at", Assert.Single(other.ErrorLines));
        Assert.Equal("vision_model.onnx", Assert.Single(server.Requests).Name);
        var mine = OnnxModels.Of("GlobalAveragePool", [null, 3, 32, 32], 4).Write(_folder, "mine.onnx");
        Assert.Contains("takes 32×32 pixels, gives 3 features", CommandLine.Run("encoder", "check", mine).Out);
    }
}
