using System.Security.Cryptography;
using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;

namespace Vaal.Tests.Encoders;

/// <summary>
/// A file over 16 MiB is not held in memory: it is hashed first and decoded from the disk after that. What follows its
/// picture here is a hole, which costs neither disk nor much time.
/// </summary>
public sealed class LargeFileTests : IDisposable
{
    private const int Large = ImageDecoder.ReadWhole + 1;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Gives the first pixel of each channel; whoever asks for its input may meddle with the files.</summary>
    private sealed class FirstPixelEncoder : IEncoder
    {
        private readonly EncoderInput _input = new() { Size = 16 };
        public Action? Asked { get; init; }
        public int Encoded { get; private set; }
        public string Name => "first";
        public string Digest { get; } = new('b', 64);
        public int FeatureDim => 3;

        public EncoderInput Input
        {
            get
            {
                Asked?.Invoke();
                return _input;
            }
        }

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < 3 * count; i++) features[i] = images[i * 256];
            Encoded += count;
        }

        public void Dispose()
        {
        }
    }

    private string Padded(string name, byte[] picture, int length = Large)
    {
        var path = _folder.Write(name, picture);
        using var file = File.OpenWrite(path);
        file.SetLength(length);
        return path;
    }

    private FeatureRows Make(IEncoder encoder) => FeatureStore.Open(_folder["features"], encoder)
        .Of(ImageRoot.Of(_folder["images"], false), SourceFiles.Sorted(_folder["images"], []),
            new() { Threads = 1 });

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void Decode_FileOver16MiB_HasThePixelsOfTheSameInMemory(int orientation)
    {
        var jpeg = TestImages.WithOrientation(
            TestImages.Jpeg(96, 64, (x, y) => new SKColor((byte)(2 * x), (byte)(3 * y), 90)), orientation);
        var (small, large) = (new byte[3 * 32 * 32], new byte[3 * 32 * 32]);
        var options = new LoadOptions { Size = 32 };
        var expected = ImageDecoder.Decode(_folder.Write("small.jpg", jpeg), small, options);
        Assert.Equal(orientation == 1 ? new Decoded(96, 64) : new(64, 96), expected);
        Assert.Equal(expected, ImageDecoder.Decode(Padded("large.jpg", jpeg), large, options));
        Assert.Equal(small, large);
    }

    [Fact]
    public void Features_FileOver16MiB_BelongToItsContent()
    {
        var path = Padded("images/a.png", TestImages.Rgb(20, 30, 7, 8, 9));
        var encoder = new FirstPixelEncoder();
        using (var rows = Make(encoder)) Assert.Equal([(Half)7, (Half)8, (Half)9], rows[0].ToArray());
        using (var file = FeatureFile.Open(Directory.GetFiles(_folder["features"], "*.features").Single(),
            encoder.Digest, encoder.FeatureDim, default))
            Assert.Equal(0, file.RowOfContent(FeatureKey.First(SHA256.HashData(File.ReadAllBytes(path)))));

        File.Move(path, _folder["images/b.png"]);
        File.SetLastWriteTimeUtc(_folder["images/b.png"], DateTime.UtcNow.AddHours(1));
        using (var rows = Make(encoder)) Assert.Equal((Half)7, rows[0][0]);
        Assert.Equal(1, encoder.Encoded);
    }

    [Fact]
    public void Features_FileOver16MiB_ThatChangesAfterItWasHashed_HasNone()
    {
        var (path, length) = (Padded("images/a.png", TestImages.Rgb(20, 30, 7, 8, 9)), Large);
        var encoder = new FirstPixelEncoder
        {
            // the store asks before and after it hashes: whatever it hashed is another file when it decodes
            Asked = () =>
            {
                using var file = File.OpenWrite(path);
                file.SetLength(++length);
            },
        };
        using var rows = Make(encoder);
        Assert.False(rows.Has(0));
        Assert.Equal("it changed while it was read; run the same command again", rows.Problems[0]);
        Assert.Equal(0, encoder.Encoded);
    }
}
