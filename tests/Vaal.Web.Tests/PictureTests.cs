using System.Net;

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

    [Fact]
    public async Task Thumb_OfAFileThatChanged_IsOfTheNewOne()
    {
        await using var served = await ServedFolder.Start(2);
        File.WriteAllBytes(served["images/000.png"], Vaal.Tests.TestImages.Grey(64, 64, (x, y) => 3 * x + y % 50));
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
}
