using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;

namespace Vaal.Tests.Encoders;

/// <summary>The store of features: what is made, what is kept, and what is never made twice.</summary>
public sealed partial class FeatureStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MeansEncoder _encoder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The means of the three channels, and how many images it was given.</summary>
    private sealed class MeansEncoder(string seed = "means") : IEncoder
    {
        private int _encoded;
        public int Encoded => _encoded;
        public Func<int, float>? Instead { get; init; }
        public string Name => "means";
        public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed)));
        public int FeatureDim => 3;
        public EncoderInput Input { get; } = new() { Size = 16 };

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < 3 * count; i++)
            {
                var sum = 0;
                foreach (var b in images.Slice(i * 256, 256)) sum += b;
                features[i] = Instead?.Invoke(i) ?? sum / 256f;
            }
            Interlocked.Add(ref _encoded, count);
        }

        public void Dispose()
        {
        }
    }

    private string Images => _folder["images"];

    private string FeatureFile => Directory.GetFiles(_folder["features"], "*.features").Single();

    private void Image(string name, byte red, byte green = 0, byte blue = 0) =>
        _folder.Write($"images/{name}", TestImages.Rgb(20, 30, red, green, blue));

    private FeatureRows Make(IEncoder? encoder = null, FeatureOptions? options = null,
        ICollection<string>? notes = null) =>
        FeatureStore.Open(_folder["features"], encoder ?? _encoder)
            .Of(ImageRoot.Of(Images, false), SourceFiles.Sorted(Images, []), options, notes);

    [Fact]
    public void Of_PathLeadsOut_HasNoneAndSaysWhy()
    {
        Image("0.png", 7);
        _folder.Write("secret.png", TestImages.Rgb(20, 30, 1, 2, 3));
        using var rows = FeatureStore.Open(_folder["features"], _encoder)
            .Of(ImageRoot.Of(Images, followLinks: false), [new("../secret.png", 1, 1), new("0.png", 1, 1)]);
        Assert.False(rows.Has(0));
        Assert.Equal("its path leads out of the image folder", rows.Problems[0]);
        Assert.True(rows.Has(1));
    }

    private void Ten()
    {
        for (var i = 0; i < 10; i++) Image($"{i}.png", (byte)(10 * i), (byte)i);
    }

    private void AreRight(FeatureRows rows)
    {
        Assert.Equal((10, 3), (rows.Count, rows.Dim));
        for (var i = 0; i < 10; i++) Assert.Equal([(Half)(10 * i), (Half)i, (Half)0], rows[i].ToArray());
    }

    [Fact]
    public void Store_SecondUse_EncodesNothing()
    {
        Ten();
        using (var rows = Make()) AreRight(rows);
        Assert.Equal(10, _encoder.Encoded);
        var written = File.GetLastWriteTimeUtc(FeatureFile);
        using (var rows = Make())
        {
            AreRight(rows);
            Assert.Equal([90, 9, 0, 0, 0, 0], rows.Rows([9, 0]));
        }
        Assert.Equal((10, written), (_encoder.Encoded, File.GetLastWriteTimeUtc(FeatureFile)));
    }

    [Fact]
    public void Store_RenamedAddedDoubledAndChangedFiles_CostOnlyWhatIsNew()
    {
        Ten();
        using (Make()) { }
        File.Move(_folder["images/0.png"], _folder["images/a.png"]);
        File.Copy(_folder["images/1.png"], _folder["images/b.png"]);
        using (var rows = Make()) Assert.Equal((Half)10, rows[10][0]);
        Assert.Equal(10, _encoder.Encoded);                                          // by content
        Image("c.png", 250);
        File.SetLastWriteTimeUtc(_folder["images/2.png"], DateTime.UtcNow.AddHours(1));
        Image("3.png", 77);
        File.SetLastWriteTimeUtc(_folder["images/3.png"], DateTime.UtcNow.AddHours(1));
        using (var rows = Make())
        {
            Assert.Equal(12, rows.Count);                                            // 1 … 9, a, b, c
            Assert.Equal([10, 20, 77, 0, 10, 250], new[] { 0, 1, 2, 9, 10, 11 }.Select(i => (int)rows[i][0]));
        }
        Assert.Equal(12, _encoder.Encoded);
        var length = new FileInfo(FeatureFile).Length;
        using (Make()) Assert.Equal(length, new FileInfo(FeatureFile).Length);        // new names are remembered
    }

    [Fact]
    public void Store_CutAtAnyByte_GoesOnFromThere()
    {
        Ten();
        using (Make(options: new() { Threads = 1 })) { }
        var whole = File.ReadAllBytes(FeatureFile);
        foreach (var length in Enumerable.Range(0, 40).Select(i => 4_090 + i * (whole.Length - 4_090) / 40).Prepend(0)
            .Prepend(5))
        {
            File.WriteAllBytes(FeatureFile, whole[..length]);
            var encoder = new MeansEncoder();
            using (var rows = Make(encoder)) AreRight(rows);
            Assert.InRange(encoder.Encoded, 1, 10);
            using (var rows = Make(encoder)) AreRight(rows);
        }
    }

    [Fact]
    public void Store_StoppedByTheUser_KeepsWhatIsMade()
    {
        for (var i = 0; i < 100; i++) Image($"{i:000}.png", (byte)i);
        using var stop = new CancellationTokenSource();
        var report = (TrainEvent e) => { if (e.Done > 0) stop.Cancel(); };
        Assert.Throws<OperationCanceledException>(() =>
            Make(options: new() { Threads = 1, Report = report, Cancel = stop.Token }));
        Assert.InRange(_encoder.Encoded, 1, 50);
        var before = _encoder.Encoded;
        using (var rows = Make()) Assert.Equal((Half)99, rows[99][0]);
        Assert.Equal(100, _encoder.Encoded);
        Assert.True(before > 0);
    }

    [Theory, InlineData(100), InlineData(0), InlineData(4)]
    public void Store_DamagedBlock_IsMadeAnewAndSaid(int at)
    {
        Ten();
        using (Make(options: new() { Threads = 1 })) { }
        Image("x.png", 200);
        using (Make()) { }                                                            // a second block
        var bytes = File.ReadAllBytes(FeatureFile);
        bytes[4_096 + at] ^= 1;
        File.WriteAllBytes(FeatureFile, bytes);
        var (encoder, notes) = (new MeansEncoder(), new List<string>());
        using (var rows = Make(encoder, notes: notes)) Assert.Equal((Half)200, rows[10][0]);
        Assert.InRange(encoder.Encoded, 1, 10);
        Assert.Contains(" computed again", Assert.Single(notes));
    }

    [Fact]
    public void Store_FeaturesOfAnotherEncoder_AreRefused()
    {
        Ten();
        using (Make()) { }
        var (mine, other) = (FeatureFile, new MeansEncoder("other"));
        using (Make(other)) { }
        var others = Directory.GetFiles(_folder["features"], "*.features").Single(f => f != mine);
        File.Copy(mine, others, overwrite: true);
        var message = Assert.Throws<InputException>(() => Make(other)).Message;
        Assert.Contains($"expected features of the encoder {other.Digest[..12]} with 3 columns", message);
        Assert.Contains($"found those of {_encoder.Digest[..12]}", message);
        File.WriteAllBytes(others, new byte[5_000]);
        Assert.Contains("found another or a damaged file", Assert.Throws<InputException>(() => Make(other)).Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(70_000f)]
    [InlineData(float.NegativeInfinity)]
    public void Store_FeaturesThatAreNoNumbers_AreRefusedAndNothingIsWritten(float bad)
    {
        Image("a.png", 10);
        var message = Assert.Throws<InputException>(() =>
            Make(new MeansEncoder { Instead = i => i == 1 ? bad : 1 })).Message;
        Assert.Equal(
            FormattableString.Invariant(
            $"expected features within float16 (±65504) of means, found {bad} in column 1 of a.png"), message);
        using (var rows = Make()) Assert.Equal((Half)10, rows[0][0]);
    }

    [Fact]
    public void Store_FilesThatCannotBeDecoded_HaveNoRowAndAreNamed()
    {
        Image("a.png", 10);
        _folder.Write("images/b.png", [0x89, .. "PNG\r\n\x1a\n"u8, 1, 2, 3]);
        _folder.Write("images/c.png", TestImages.Bomb(30_000, 30_000));
        _folder.Write("images/d.jpg",
            TestImages.Jpeg(64, 64, (x, y) => new((byte)(9 * x * y), (byte)(7 * x), 0))[..^900]);
        Image("e.png", 50);
        using var rows = Make();
        Assert.Equal([true, false, false, false, true], Enumerable.Range(0, 5).Select(rows.Has));
        Assert.Equal([1, 2, 3], rows.Problems.Keys.Order());
        Assert.Contains("the limit is", rows.Problems[2]);
        Assert.Equal((Half)50, rows[4][0]);
        Assert.Throws<InvalidOperationException>(() => rows[1].Length);
        Assert.Equal(2, _encoder.Encoded);
    }

    [Fact]
    public void Store_SeveralThreads_GiveTheSameRowsAsOne()
    {
        for (var i = 0; i < 200; i++) Image($"{i:000}.png", (byte)(i % 150), (byte)(i % 7));     // some are doubled
        using var one = Make(options: new() { Threads = 1 });
        var expected = one.Rows([.. Enumerable.Range(0, 200)]);
        using var several = FeatureStore.Open(_folder["others"], new MeansEncoder())
            .Of(ImageRoot.Of(Images, false), SourceFiles.Sorted(Images, []), new() { Threads = 5 });
        Assert.Equal(expected, several.Rows([.. Enumerable.Range(0, 200)]));
        using var again = FeatureStore.Open(_folder["others"], new MeansEncoder { Instead = _ => -1 })
            .Of(ImageRoot.Of(Images, false), SourceFiles.Sorted(Images, []));
        Assert.Equal(expected, again.Rows([.. Enumerable.Range(0, 200)]));
    }

    [Fact]
    public void Store_ImagesInMemory_AreEnlargedAndKeyedByTheirPixels()
    {
        using var images = TinyImages.Set(12, channels: 3);
        using (var rows = FeatureStore.Open(_folder["features"], _encoder).Of(images))
        {
            for (var i = 0; i < 12; i++)
                Assert.Equal(images[i][..1024].ToArray().Average(b => b), (double)rows[i][0], 0.6);
        }
        using var some = images.Subset([5, 3]);
        using (var rows = FeatureStore.Open(_folder["features"], _encoder).Of(some)) Assert.Equal(2, rows.Count);
        Assert.Equal(12, _encoder.Encoded);
    }

    [Fact]
    public void Store_Flip_GivesTheMeanOfBothAndAFileOfItsOwn()
    {
        _folder.Write("images/a.png", TestImages.Grey(16, 16, (x, _) => x < 8 ? 0 : 200));
        var encoder = new LeftEncoder();
        using (var plain = Make(encoder)) Assert.Equal((Half)0, plain[0][0]);
        using (var flipped = Make(new FlippedEncoder(encoder))) Assert.Equal((Half)100, flipped[0][0]);
        Assert.Equal(2, Directory.GetFiles(_folder["features"], "*.features").Length);
    }

    /// <summary>The first pixel.</summary>
    private sealed class LeftEncoder : IEncoder
    {
        public string Name => "left";
        public string Digest { get; } = new('a', 64);
        public int FeatureDim => 1;
        public EncoderInput Input { get; } = new() { Size = 16 };

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < count; i++) features[i] = images[i * Input.ImageBytes];
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void Store_WhileAnotherWrites_IsOneLine()
    {
        Ten();
        using (Make()) { }
        Image("new.png", 1);
        using var held = new FileStream(_folder["features/features.lock"], FileMode.Open, FileAccess.ReadWrite,
            FileShare.None);
        Assert.Contains("found another process that does",
            Assert.Throws<InputException>(() => Make(options: new() { Wait = TimeSpan.Zero })).Message);
    }

    [Fact]
    public void Store_Progress_CountsTheMissing()
    {
        Ten();
        var events = new List<TrainEvent>();
        using (Make(options: new() { Report = events.Add, Threads = 1 })) { }
        Assert.All(events, e => Assert.Equal(("encoding images", 10L), (e.Phase, e.Total)));
        Assert.Equal(10, events[^1].Done);
        Assert.Equal(events.Select(e => e.Done).Order(), events.Select(e => e.Done));
    }

    /// <summary>Writes the first feature of each row alone, and says another length each time it is asked.</summary>
    private sealed class Lazy : IImageEncoder
    {
        public int Size => 16;
        public int FeatureDim => ++Asked;
        public int Asked { get; private set; } = 1;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < count; i++) features[i * 2] = 1;
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Of_OwnEncoderThatLeavesFeaturesOut_IsRefused(bool flip)
    {
        Image("0.png", 7);
        using var own = new RegisteredEncoder("lazy", new Lazy());
        Assert.Equal(2, own.FeatureDim);
        Assert.Equal("expected features within float16 (±65504) of " + (flip ? "lazy+flip" : "lazy")
            + ", found NaN in column 1 of 0.png",
            Assert.Throws<InputException>(() => Make(flip ? new FlippedEncoder(own) : own)).Message);
    }

    /// <summary>There is none, or its rows are longer than memory.</summary>
    [Fact]
    public void RegisteredEncoder_NullOrHugeRows_IsRefused()
    {
        Assert.Equal("the encoder 'none': expected an encoder, found null",
            Assert.Throws<InputException>(() => new RegisteredEncoder("none", null!)).Message);
        Assert.Equal("encoder 'huge': expected 1..1000000 features, found 1000001; change its FeatureDim",
            Assert.Throws<InputException>(() => new RegisteredEncoder("huge", new Huge())).Message);
    }

    private sealed class Huge : IImageEncoder
    {
        public int Size => 16;
        public int FeatureDim => 1_000_001;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
        }
    }
}
