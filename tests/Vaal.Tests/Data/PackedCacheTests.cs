using Vaal.Data;

namespace Vaal.Tests.Data;

public sealed class PackedCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();
    private readonly List<long> _progress = [];

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    private LoadOptions Options =>
        new() { Size = 32, Channels = 1, Threads = 2, CacheFolder = _cache.Path, Report = e => _progress.Add(e.Done) };

    private string CacheFile => Assert.Single(Directory.GetFiles(_cache.Path));

    [Fact]
    public void Open_SecondTime_DecodesNothing()
    {
        Images(3);
        var first = Load();
        Assert.Equal([3L], _progress);
        Assert.Equal(first, Load());
        Assert.Equal([3L], _progress);
    }

    // 50 MB an image: a block of 64 of them would be more bytes than an array holds
    [Trait("Category", "Slow")]
    [Fact]
    public void Decode_LargeFrames_TakesAFewAtATime()
    {
        for (var i = 0; i < 10; i++) _folder.Write($"{i}.png", Pictures.Random(i));
        SourceFile[] files = [
            .. Enumerable.Range(0, 10).Select(i => new FileInfo(_folder[$"{i}.png"]))
            .Select(f => new SourceFile(f.Name, f.Length, f.LastWriteTimeUtc.Ticks))];
        using var packed =
            PackedCache.Open(
                ImageRoot.OfDataSet(_folder.Path), files, new(Options) { Rectangle = (4096, 4096), Channels = 3 }, []);
        Assert.Equal([8L, 10L], _progress);
        Assert.All(packed.Entries, e => Assert.Null(e.Problem));
    }

    [Fact]
    public void Open_FilesAddedChangedAndRemoved_DecodesOnlyThose()
    {
        Images(4);
        Load();
        // had any file that did not change been decoded again, its new content would show
        Forge("1.png", 99);
        _folder.Write("2.png", Png(50));
        _folder.Write("9.png", Png(60));
        File.Delete(Path.Combine(_folder.Path, "3.png"));
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["0.png", "1.png", "2.png", "9.png"], data.Pool.Paths);
        Assert.Equal([0, 1, 50, 60], Enumerable.Range(0, 4).Select(id => (int)data.Pool[id][0]));
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Open_OtherOptions_HaveACacheOfTheirOwn()
    {
        _folder.Write("a.png", TestImages.Grey(64, 32, (_, _) => 200));
        string[] prints = [
            .. new[] { Options, new LoadOptions(Options) { Size = 64 }, new LoadOptions(Options) { Channels = 3 },
                new LoadOptions(Options) { Fit = Fit.LetterBox } }.Select(o => Load(o))];
        Assert.Equal(4, prints.Distinct().Count());
        Assert.Equal(4, Directory.GetFiles(_cache.Path).Length);
        Assert.Equal(prints[0], Load());
        Assert.Equal(4, _progress.Count);
    }

    [Fact]
    public void Open_AnotherLimitOnPixels_IsObeyed()
    {
        _folder.Write("a.png", TestImages.Grey(10, 10, (_, _) => 1));
        _folder.Write("b.png", TestImages.Grey(40, 10, (_, _) => 1));
        using (var all = DataFormats.Load(_folder.Path, Options)) Assert.Equal(2, all.Pool.Count);
        using var some = DataFormats.Load(_folder.Path, new(Options) { MaxPixels = 399 });
        Assert.Equal(["a.png"], some.Pool.Paths);
        Assert.Equal(["b.png is left out: 40×10 is 400 pixels; the limit is 399"], some.Notes);
    }

    [Fact]
    public void Open_FileThatCouldNotBeOpened_IsTriedAgain()
    {
        Images(1);
        var link = Path.Combine(_folder.Path, "5.png");
        File.CreateSymbolicLink(link, Path.Combine(_folder.Path, "later"));
        using (var data = DataFormats.Load(_folder.Path, Options))
            Assert.Equal(["5.png is left out: there is no such file"], data.Notes);
        _folder.Write("later", Png(5));
        using var again = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["0.png", "5.png"], again.Pool.Paths);
    }

    [Fact]
    public void Open_EveryByteDamagedInTurn_IsNoticedAndRebuilt()
    {
        Images(3);
        var print = Load();
        var file = CacheFile;
        var whole = File.ReadAllBytes(file);
        // header, its unused rest aside; first, middle and last byte of the pixels; the index
        foreach (
            var at in Enumerable.Range(0, 88).Concat([4096, 4096 + 1500, 4096 + 3071])
            .Concat(Enumerable.Range(4096 + 3072, whole.Length - 4096 - 3072)))
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            File.WriteAllBytes(file, damaged);
            using var data = DataFormats.Load(_folder.Path, Options);
            Assert.Equal(print, data.Fingerprint);
            Assert.Matches("^the image cache .* cannot be used \\(.+\\); it is rebuilt$", Assert.Single(data.Notes));
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(5000)]
    [InlineData(-1)]
    public void Open_CutShort_IsRebuilt(int length)
    {
        Images(2);
        var print = Load();
        var whole = File.ReadAllBytes(CacheFile);
        File.WriteAllBytes(CacheFile, length < 0 ? whole[..^1] : whole[..length]);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(print, data.Fingerprint);
        Assert.Single(data.Notes);
        Assert.Equal(whole, File.ReadAllBytes(CacheFile));
    }

    [Fact]
    public void Open_DiskFullWhileDecoding_IsOneLineAndLeavesNothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs Linux's /dev/full for a genuine 'no space left'");
        Images(2);
        var e = Assert.Throws<InputException>(() => Load(new(Options)
        {
            Report = _ =>
            {
                using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
                full.Write("x"u8);
            },
        }));
        Assert.StartsWith("no space left on the disk of " + _cache.Path, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_cache.Path));
    }

    /// <summary>What a kill late in decoding leaves may be all that is missing.</summary>
    [Fact]
    public void Open_TemporaryOfAKilledRun_IsSweptBeforeSpaceIsMeasured()
    {
        Images(1);
        Load();
        var options = new LoadOptions(Options) { Rectangle = (20_000, 20_000) };
        var place = CacheFile.Replace("-32-crop-", "-20000x20000-crop-", StringComparison.Ordinal);
        var left = Path.Combine(_cache.Path, $".{Path.GetFileName(place)}.{Environment.MachineName}-0123.tmp");
        File.WriteAllText(left, "part");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddMinutes(-1));
        var files = Enumerable.Repeat(new SourceFile("0.png", 1, 1), 1_000_000).ToArray();       // 400 TB
        Assert.StartsWith($"no space left for the image cache {place}: ", Assert.Throws<InputException>(
            () => PackedCache.Open(ImageRoot.OfDataSet(_folder.Path), files, options, [])).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void Open_Cancelled_NextRunGoesOnFromThere()
    {
        Images(600); // a block of 512, and one of the rest
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => Load(new(Options) { Cancel = cancel.Token, Report = _ => cancel.Cancel() }));
        Forge("0.png", 200);
        Forge("99.png", 201);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(600, data.Pool.Count);
        int ValueOf(string path) => data.Pool[data.Pool.Paths.Index().First(p => p.Item == path).Index][0];
        Assert.Equal((0, 201), (ValueOf("0.png"), ValueOf("99.png"))); // copied, and decoded only now
        Assert.Equal([512L, 600L], _progress);
    }

    [Fact]
    public async Task Open_SeveralAtOnce_AllGetTheSameAndOneFileStays()
    {
        Images(600);
        var options = new LoadOptions(Options) { Report = null };
        var prints = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Load(options))));
        Assert.Single(prints.Distinct());
        Assert.Equal(prints[0], Load(options));
        Assert.EndsWith(".pixels", CacheFile, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoCacheFolderNamed_LiesInTheFolderOrElseInTheUsers()
    {
        Images(1);
        var options = new LoadOptions(Options) { CacheFolder = null };
        Load(options);
        Assert.True(File.Exists(Path.Combine(_folder.Path, ".vaal", "32-crop-grey.pixels")));

        // where no folder can be made, as on a read-only disk
        Directory.Delete(Path.Combine(_folder.Path, ".vaal"), recursive: true);
        _folder.Write(".vaal", "in the way");
        Load(new(options) { UserCacheFolder = Path.Combine(_cache.Path, "vaal") });
        Assert.Single(Directory.GetFiles(Path.Combine(_cache.Path, "vaal")));
    }

    [Fact]
    public void Open_CacheFolderCannotBeMade_SaysSo()
    {
        Images(1);
        var e = Assert.Throws<InputException>(() => Load(new(Options) { CacheFolder = _folder.Write("file", "x") }));
        Assert.Matches("^the image cache cannot be written: .+; name another cache folder$", e.Message);
    }

    // a copy on another machine, or a disk that is mounted again: a bench of hours goes on there
    [Fact]
    public void Fingerprint_FilesOfAnotherTime_IsThatOfThePixels()
    {
        Images(3);
        var first = Load();
        for (var i = 0; i < 3; i++) File.SetLastWriteTimeUtc(_folder[$"{i}.png"], DateTime.UnixEpoch.AddDays(i));
        Assert.Equal(first, Load());
        Assert.Equal([3L, 3L], _progress);
        _folder.Write("1.png", Png(7));
        Assert.NotEqual(first, Load());
    }

    private void Images(int count)
    {
        for (var i = 0; i < count; i++) _folder.Write($"{i}.png", Png(i % 100));
    }

    private static byte[] Png(int value) => TestImages.Grey(1, 1, (_, _) => value);

    /// <summary>Other content with the length and the time that the file had.</summary>
    private void Forge(string name, int value)
    {
        var path = Path.Combine(_folder.Path, name);
        var (time, length) = (File.GetLastWriteTimeUtc(path), new FileInfo(path).Length);
        File.WriteAllBytes(path, Png(value));
        Assert.Equal(length, new FileInfo(path).Length);
        File.SetLastWriteTimeUtc(path, time);
    }

    private string Load(LoadOptions? options = null)
    {
        using var data = DataFormats.Load(_folder.Path, options ?? Options);
        return data.Fingerprint;
    }
}
