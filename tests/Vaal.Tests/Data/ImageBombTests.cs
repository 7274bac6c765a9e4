using System.Diagnostics;
using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>Small files of very large images. They are weighed, so nothing else runs meanwhile.</summary>
[Collection(RunsAlone.Name)]
public sealed class ImageBombTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Decode_MorePixelsThanAllowed_IsRefusedFromTheHeader()
    {
        var before = Process.GetCurrentProcess().WorkingSet64;
        Assert.Equal(
            "30000×30000 is 900,000,000 pixels; the limit is 100,000,000", Problem(TestImages.Bomb(30_000, 30_000)));
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - before, long.MinValue, 200L << 20);
        Assert.Equal(
            "41×10 is 410 pixels; the limit is 400",
            Problem(TestImages.Grey(41, 10, (_, _) => 0), new() { Size = 32, MaxPixels = 400 }));
        Assert.Equal("70000×1: a side is longer than 65,535", Problem(TestImages.Bomb(70_000, 1)));
    }

    private string? Problem(byte[] file, LoadOptions? options = null) =>
        ImageDecoder.Decode(_folder.Write("image", file), new byte[3072], options ?? new() { Size = 32 }).Problem;
}
