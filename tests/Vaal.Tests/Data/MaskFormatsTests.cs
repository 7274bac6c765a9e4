using SkiaSharp;
using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests.Data;

/// <summary>Images with masks: real layouts, and what may be wrong with a mask.</summary>
public sealed partial class MaskFormatsTests : IDisposable
{
    private const byte Ignore = ImageSet.Ignore;
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    private LoadOptions Options => new() { Threads = 2, CacheFolder = _cache.Path };

    [Trait("Category", "Slow")]
    [Fact]
    public void CamVid_Real_HasItsImagesAndEveryPixelOfItsMasks()
    {
        var folder = RealData.Folder("camvid");
        using var data = DataFormats.Load(folder, Options);
        Assert.Equal(("camvid", 367, 233, 11), (data.Name, data.Pool.Count, data.Test!.Count, data.ClassNames.Count));
        Assert.Equal((3, 180, 240), (data.Pool.Channels, data.Pool.Height, data.Pool.Width));
        foreach (var id in new[] { 0, 100, 366 })
        {
            var file = Path.Combine(folder, data.Pool.Paths[id]);
            using var picture = SKBitmap.Decode(file);
            Assert.Equal(
                picture.Pixels.Select(p => p.Red).Concat(picture.Pixels.Select(p => p.Green))
                .Concat(picture.Pixels.Select(p => p.Blue)), data.Pool[id].ToArray());
            using var mask = SKBitmap.Decode(file.Replace("/train/", "/trainannot/", StringComparison.Ordinal));
            Assert.Equal(mask.Pixels.Select(p => p.Red == 11 ? Ignore : p.Red), data.Pool.Masks![id].ToArray());
        }
    }

    // the same frames in two other trees: the ids of Cityscapes stand for the classes that its paper says
    [Fact]
    public void Cityscapes_CamVidFrames_LabelIdsBecomeTrainIds()
    {
        var folder = Path.Combine(RealData.Folder("layout-samples"), "camvid-as-cityscapes");
        using var data = DataFormats.Load(folder, Options);
        Assert.Equal(("cityscapes", 4, 4, 19), (data.Name, data.Pool.Count, data.Test!.Count, data.ClassNames.Count));
        foreach (var set in new[] { data.Pool, data.Test })
            for (var id = 0; id < set.Count; id++)
            {
                using var mask = SKBitmap.Decode(
                    Path.Combine(
                        folder, set.Paths[id].Replace("leftImg8bit/", "gtFine/", StringComparison.Ordinal)
                        .Replace("_leftImg8bit.png", "_gtFine_labelTrainIds.png", StringComparison.Ordinal)));
                Assert.Equal(mask.Pixels.Select(p => p.Red), set.Masks![id].ToArray());
            }
    }

    [Fact]
    public void Cityscapes_OnlyTrainIds_AreUsedAndSaidSo()
    {
        var folder = Path.Combine(RealData.Folder("layout-samples"), "camvid-as-cityscapes");
        foreach (
            var file in Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith("_labelIds.png", StringComparison.Ordinal)))
            _folder.Write(Path.GetRelativePath(folder, file), File.ReadAllBytes(file));
        using var data = DataFormats.Load(_folder.Path, Options);
        using var ids = DataFormats.Load(folder, Options);
        for (var id = 0; id < 4; id++) Assert.True(data.Pool.Masks![id].SequenceEqual(ids.Pool.Masks![id]));
        Assert.Contains("found no masks *_gtFine_labelIds.png; *_gtFine_labelTrainIds.png are used", data.Notes);
    }

    [Fact]
    public void Bdd100k_OfficialTreeAndCamVidFrames_AreRead()
    {
        var samples = RealData.Folder("layout-samples");
        using var official = DataFormats.Load(
            Path.Combine(samples, "mmseg", "pseudo_bdd100k_dataset"), new(Options) { Frame = (16, 16) });
        Assert.Equal(("bdd100k", 3, 3), (official.Name, official.Pool.Count, official.Test!.Count));
        using var frames = DataFormats.Load(Path.Combine(samples, "camvid-as-bdd100k"), Options);
        Assert.Equal((4, 4, 240, 180), (frames.Pool.Count, frames.Test!.Count, frames.Pool.Width, frames.Pool.Height));
        Assert.All(
            Enumerable.Range(0, 4), id =>
                Assert.All(frames.Pool.Masks![id].ToArray().Distinct(), c => Assert.True(c < 19 || c == Ignore)));
    }

    [Fact]
    public void Voc_MaskInItsPalettesColours_IsReadByThem()
    {
        var folder = Path.Combine(RealData.Folder("interop"), "datumaro", "voc_dataset", "voc_dataset1");
        using var data = DataFormats.Load(folder, new(Options) { Frame = (20, 16), Fit = Fit.Stretch });
        Assert.Equal(["JPEGImages/2007_000001.jpg"], data.Pool.Paths);
        using var mask = SKBitmap.Decode(Path.Combine(folder, "SegmentationClass", "2007_000001.png"));
        // the development kit's VOClabelcolormap: aeroplane (128,0,0), bicycle (0,128,0), tv monitor (0,64,128), void
        // (224,224,192)
        var known = new Dictionary<SKColor,
            byte>
        {
            [new(0, 0, 0)] = 0,
            [new(128, 0, 0)] = 1,
            [new(0, 128, 0)] = 2,
            [new(128, 128, 0)] = 3,
            [new(0, 64, 128)] = 20,
            [new(224, 224, 192)] = Ignore
        };
        var seen = mask.Pixels.Distinct()
            .Select(c => known.TryGetValue(c, out var id) ? id : throw new InvalidOperationException($"{c}")).Order();
        Assert.Equal(seen, data.Pool.Masks![0].ToArray().Distinct().Order());
    }

    [Fact]
    public void Voc_PaletteMask_GivesIndicesNotColours()
    {
        _folder.Write("JPEGImages/a.png", TestImages.Grey(32, 32, (_, _) => 9));
        _folder.Write(
            "SegmentationClass/a.png",
            TestImages.Png(
                32, 32, 8, 3, (x, y) => [x == y ? (byte)255 : (byte)(x < 16 ? 15 : 0)], ("PLTE", new byte[768])));
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(
            Enumerable.Range(0, 32 * 32).Select(i => i / 32 == i % 32 ? Ignore : (byte)(i % 32 < 16 ? 15 : 0)),
            data.Pool.Masks![0].ToArray());
        Assert.Equal("person", data.ClassNames[15]);
    }

    [Fact]
    public void ImageMasks_IdsOfTheTable_AreNumberedInOrderAndIgnoreHasNoClass()
    {
        Table("id,name\n40,road\n3,sky\n9,Ignore\n");
        Pair("a", 16, 16, (x, _) => x switch { 0 => 3, 1 => 40, 2 => 9, _ => 255 });
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["sky", "road"], data.ClassNames);
        Assert.Equal([0, 1, Ignore, Ignore], data.Pool.Masks![0][..4].ToArray());
    }

    [Fact]
    public void ImageMasks_MasksInColour_AreReadByTheTablesColours()
    {
        Table("id,name,red,green,blue\n0,sky,10,20,30\n1,road,40,50,60\n");
        Pair("a", 16, 16, (_, _) => 0);
        _folder.Write("masks/a.png", TestImages.Png(16, 16, 8, 2, (x, _) => x < 8 ? [10, 20, 30] : [40, 50, 60]));
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal([0, 0, 1, 1], data.Pool.Masks![0][6..10].ToArray());
        _folder.Write("masks/a.png", TestImages.Png(16, 16, 8, 2, (x, y) => x < 8 ? [10, 20, 30] : [40, 50, 61]));
        Assert.Contains("masks/a.png: colour #28323d at (8, 0) is not in the class list", Refusal());
    }

    [Fact]
    public void Load_MasksAndPicturesOfAnotherShape_AreCutAlike()
    {
        // 64×32 into 32×32: the middle half stays; each picture's grey is 10 times its class
        Table("id,name\n0,a\n1,b\n2,c\n3,d\n");
        _folder.Write("images/a.png", TestImages.Grey(64, 32, (x, _) => 10 * (x / 16)));
        _folder.Write("masks/a.png", TestImages.Grey(64, 32, (x, _) => x / 16));
        using var crop = DataFormats.Load(_folder.Path, new(Options) { Frame = (32, 32), Channels = 1 });
        Assert.Equal(Enumerable.Range(0, 32 * 32).Select(i => (byte)(1 + i % 32 / 16)), crop.Pool.Masks![0].ToArray());
        Assert.Equal(crop.Pool.Masks[0].ToArray().Select(c => (byte)(10 * c)), crop.Pool[0].ToArray());
        using var stretch = DataFormats.Load(_folder.Path, new(Options) { Frame = (32, 32), Fit = Fit.Stretch });
        Assert.Equal(Enumerable.Range(0, 32 * 32).Select(i => (byte)(i % 32 / 8)), stretch.Pool.Masks![0].ToArray());
        using var boxed =
            DataFormats.Load(_folder.Path, new(Options) { Frame = (32, 32), Fit = Fit.LetterBox, Channels = 1 });
        Assert.Equal(
            Enumerable.Range(0, 32 * 32).Select(i => i / 32 is >= 8 and < 24 ? (byte)(i % 32 / 8) : Ignore),
            boxed.Pool.Masks![0].ToArray());
        Assert.Equal(0, boxed.Pool[0][0]);
        Assert.Equal(30, boxed.Pool[0][16 * 32 + 31]);
    }

    [Fact]
    public void Load_LargeImages_AreBroughtDownInTheirShapeAndSaidSo()
    {
        Table("id,name\n0,a\n");
        Pair("a", 512, 250, (_, _) => 0);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal((256, 128), (data.Pool.Width, data.Pool.Height));
        Assert.Contains(
            "images, of which the first is 512×250, are brought to 256×128; --frame gives another size", data.Notes);
    }

    [Fact]
    public void Load_OtherMeaningOfTheSameFiles_HasACacheOfItsOwn()
    {
        Pair("a", 16, 16, (x, _) => x % 2);
        Table("id,name\n0,sky\n1,road\n");
        using (var data = DataFormats.Load(_folder.Path, Options))
            Assert.Equal([0, 1], data.Pool.Masks![0][..2].ToArray());
        Table("id,name\n0,sky\n1,ignore\n");
        using var again = DataFormats.Load(_folder.Path, Options);
        Assert.Equal([0, Ignore], again.Pool.Masks![0][..2].ToArray());
    }

    [Fact]
    public void Load_OneMaskPixelDiffers_FingerprintDiffers()
    {
        Table("id,name\n0,sky\n1,road\n");
        string Print(int at, int day)
        {
            Pair("a", 16, 16, (x, y) => x == at && y == 3 ? 1 : 0);
            File.SetLastWriteTimeUtc(_folder["masks/a.png"], DateTime.UnixEpoch.AddDays(day));
            using var data = DataFormats.Load(_folder.Path, Options);
            return data.Fingerprint;
        }
        var five = Print(5, 5);
        Assert.NotEqual(five, Print(6, 6));
        Assert.Equal(five, Print(5, 7));
    }

    [Fact]
    public void Subset_WithMasks_TakesThemAlong()
    {
        Table("id,name\n0,sky\n1,road\n2,tree\n");
        foreach (var (name, c) in new[] { ("a", 0), ("b", 1), ("c", 2) }) Pair(name, 16, 16, (_, _) => c);
        using var data = DataFormats.Load(_folder.Path, Options);
        using var some = data.Pool.Subset([2, 0]);
        Assert.Equal([2, 0], Enumerable.Range(0, 2).Select(id => (int)some.Masks![id][0]));
        Assert.Equal(["images/c.png", "images/a.png"], some.Paths);
        using var scope = TorchSharp.torch.NewDisposeScope();
        Assert.Equal([2, 1, 16, 16], some.Masks!.Batch([1, 0]).shape);
    }

    private void Table(string text) => _folder.Write("classes.csv", text);

    private void Pair(string name, int width, int height, Func<int, int, int> ids)
    {
        _folder.Write($"images/{name}.png", TestImages.Grey(width, height, (_, _) => name[0]));
        _folder.Write($"masks/{name}.png", TestImages.Grey(width, height, ids));
    }
}
