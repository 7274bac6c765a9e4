using System.Net;
using SkiaSharp;
using Vaal.Tests;

namespace Vaal.Web.Tests;

/// <summary>Pictures by their ids: the file itself, smaller ones, and what a browser may keep.</summary>
public sealed class PictureTests
{
    private static async Task<HttpStatusCode> Status(ServedFolder served, string path)
    {
        using var answer = await served.Owner.Send(HttpMethod.Get, path);
        return answer.StatusCode;
    }

    [Fact]
    public async Task Full_IsTheFileItself_AndMayBeKeptWhereTheAddressNamesItsVersion()
    {
        await using var served = await ServedFolder.Start(2);
        var version = (await served.Owner.Get("/api/v1/images/1")).GetProperty("v").GetString();
        using var kept = await served.Owner.Send(HttpMethod.Get, $"/images/1/full?v={version}");
        Assert.Equal(File.ReadAllBytes(served["images/000.png"]), await kept.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", kept.Content.Headers.ContentType!.MediaType);
        Assert.Contains("immutable", kept.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.True(kept.Headers.CacheControl.Private);
        using var asked = await served.Owner.Send(HttpMethod.Get, "/images/1/full?v=1-1");
        Assert.True(asked.Headers.CacheControl!.NoCache);
        Assert.DoesNotContain("immutable", asked.Headers.CacheControl.ToString(), StringComparison.Ordinal);
        using var same = await served.Owner.Send(HttpMethod.Get, "/images/1/full",
            headers: ("If-None-Match", asked.Headers.ETag!.Tag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var other = await served.Owner.Send(HttpMethod.Get, "/images/1/tile",
            headers: ("If-None-Match", asked.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    /// <summary>The thumbnail is what <c>vaal init</c> has decoded: the file is not read for it.</summary>
    [Fact]
    public async Task Thumb_OfAFileThatWasTakenAway_ComesFromThePackedCache()
    {
        await using var served = await ServedFolder.Start(2);
        File.Delete(served["images/000.png"]);
        Assert.Equal(HttpStatusCode.OK, await Status(served, "/images/1/thumb"));
        Assert.Equal(HttpStatusCode.NotFound, await Status(served, "/images/1/tile"));
        Assert.Equal(HttpStatusCode.NotFound, await Status(served, "/images/1/full"));
    }

    /// <summary>A disk that was away for a moment: no browser may keep the error for a year.</summary>
    [Theory]
    [InlineData("tile")]
    [InlineData("full")]
    public async Task Picture_OfAFileThatIsGoneForAMoment_IsAnErrorThatNobodyKeeps(string kind)
    {
        await using var served = await ServedFolder.Start(2);
        var version = (await served.Owner.Get("/api/v1/images/1")).GetProperty("v").GetString();
        File.Move(served["images/000.png"], served["000.png"]);
        using var gone = await served.Owner.Send(HttpMethod.Get, $"/images/1/{kind}?v={version}");
        Assert.Equal((HttpStatusCode.NotFound, "no-store"), (gone.StatusCode, gone.Headers.CacheControl!.ToString()));
        Assert.Null(gone.Headers.ETag);
        File.Move(served["000.png"], served["images/000.png"]);
        using var back = await served.Owner.Send(HttpMethod.Get, $"/images/1/{kind}?v={version}");
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Contains("immutable", back.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var none = await served.Owner.Send(HttpMethod.Get, $"/images/9/{kind}?v={version}");
        Assert.Equal((HttpStatusCode.NotFound, "no-store"), (none.StatusCode, none.Headers.CacheControl!.ToString()));
    }

    [Fact]
    public async Task Thumb_OfAFileThatChanged_IsOfTheNewOne()
    {
        await using var served = await ServedFolder.Start(2);
        File.WriteAllBytes(served["images/000.png"], TestImages.Grey(64, 64, (x, y) => 3 * x + y % 50));
        using (var w = served.Open()) w.Index(new());
        Assert.Equal(await served.Owner.Http.GetByteArrayAsync("/images/1/tile"),
            await served.Owner.Http.GetByteArrayAsync("/images/1/thumb"));
        Assert.NotEqual(await served.Owner.Http.GetByteArrayAsync("/images/2/tile"),
            await served.Owner.Http.GetByteArrayAsync("/images/2/thumb"));
    }

    [Fact]
    public async Task File_ThatBecameALinkOutOfTheFolder_IsNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the right to make links");
        await using var served = await ServedFolder.Start(2);
        File.Move(served["images/000.png"], served["secret.png"]);
        File.CreateSymbolicLink(served["images/000.png"], served["secret.png"]);
        Assert.Equal(HttpStatusCode.NotFound, await Status(served, "/images/1/full"));
        Assert.Equal(HttpStatusCode.NotFound, await Status(served, "/images/1/tile"));
        Assert.Equal(HttpStatusCode.OK, await Status(served, "/images/2/full"));
    }

    /// <summary>Stored in each of the eight ways that EXIF knows, a picture is seen 96 × 64, with a red, a blue, a
    /// white and a black quarter.</summary>
    [Fact]
    public async Task Tile_OfPicturesThatExifTurns_IsUpright()
    {
        // where the first row and the first column of what is stored are seen
        (string Row, string Column)[] stored = [("top", "left"), ("top", "right"), ("bottom", "right"),
            ("bottom", "left"), ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom")];
        await using var served = await ServedFolder.Start(1,
            more: [.. stored.Select((s, i) => ($"turned-{i + 1}.jpg", Turned(i + 1, s.Row, s.Column)))]);
        using var w = served.Open();
        var turned = w.Images().Where(i => i.Path.StartsWith("turned-", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, turned.Count);
        foreach (var image in turned)
        {
            Assert.Equal((96, 64), (image.Width, image.Height));
            using var tile = SKBitmap.Decode(await served.Owner.Http.GetByteArrayAsync($"/images/{image.Id}/tile"));
            Assert.Equal((image.Path, 96, 64, "100 001 111 000"), (image.Path, tile.Width, tile.Height, string.Join(' ',
                new[] { (12, 8), (84, 8), (12, 56), (84, 56) }.Select(p => tile.GetPixel(p.Item1, p.Item2))
                    .Select(c => $"{c.Red / 128}{c.Green / 128}{c.Blue / 128}"))));
        }
    }

    /// <summary>A browser may not turn a PNG: it is sent turned. What is transparent is seen white.</summary>
    [Fact]
    public async Task Full_OfAPngThatExifTurns_IsTurnedAndOnWhite()
    {
        // 6: the first column is seen at the top
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        var png = TestImages.Png(64, 32, 8, 6, (x, _) => x < 32 ? [0, 0, 0, 0] : [200, 0, 0, 255], ("eXIf", exif));
        await using var served = await ServedFolder.Start(1, more: [("turned.png", png)]);
        using var w = served.Open();
        var id = w.Images().Single(i => i.Path == "turned.png").Id;
        foreach (var size in new[] { "full", "tile" })
        {
            using var answer = await served.Owner.Send(HttpMethod.Get, $"/images/{id}/{size}");
            Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.MediaType);
            using var seen = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal((32, 64), (seen.Width, seen.Height));
            Assert.True(seen.GetPixel(16, 10) is { Red: > 240, Green: > 240, Blue: > 240 }, $"{seen.GetPixel(16, 10)}");
            Assert.True(seen.GetPixel(16, 54) is { Red: > 150, Green: < 50, Blue: < 50 }, $"{seen.GetPixel(16, 54)}");
        }
    }

    // a grey in the middle makes each another picture
    private static byte[] Turned(int orientation, string row, string column)
    {
        var (width, height) = row is "top" or "bottom" ? (96, 64) : (64, 96);
        var grey = (byte)(25 * orientation);
        return TestImages.WithOrientation(TestImages.Jpeg(width, height, (x, y) =>
        {
            if (Math.Abs(x - width / 2) < 8 && Math.Abs(y - height / 2) < 8) return new(grey, grey, grey);
            string[] sides = [y < height / 2 ? row : Opposite(row), x < width / 2 ? column : Opposite(column)];
            return (sides.Contains("top"), sides.Contains("left")) switch
            {
                (true, true) => SKColors.Red,
                (true, false) => SKColors.Blue,
                (false, true) => SKColors.White,
                _ => SKColors.Black,
            };
        }), orientation);

        static string Opposite(string side) =>
            side switch { "top" => "bottom", "bottom" => "top", "left" => "right", _ => "left" };
    }
}
