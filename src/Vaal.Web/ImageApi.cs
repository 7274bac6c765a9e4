using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Pictures, asked for by the image's id.</summary>
internal static class ImageApi
{
    public static void Map(IEndpointRouteBuilder app, LiveWorkspace live, Pictures pictures)
    {
        app.MapGet("/images/{id:int}/thumb", (HttpContext http, int id) =>
            Send(http, live, id, "thumb", row => pictures.Thumb(row)));
        app.MapGet("/images/{id:int}/tile", (HttpContext http, int id) =>
            Send(http, live, id, "tile", row => pictures.Tile(row)));
        app.MapGet("/images/{id:int}/full", (HttpContext http, int id) =>
            Send(http, live, id, "full", row => pictures.Full(row)));
    }

    private static IResult Send(HttpContext http, LiveWorkspace live, int id, string kind,
        Func<ImageRow, (byte[] Bytes, string Type)?> make)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";                      // of an error: the picture may be there in a moment
        var row = live.With((_, b) => b.PositionOf(id) is >= 0 and var at ? b.Rows[at] : null);
        if (row is null) return Problems.NotFound($"there is no image {id}");
        var tag = $"\"{kind}-{id}-{ImageJson.VersionOf(row)}\"";
        IResult answer;
        if (http.Request.Headers.IfNoneMatch == tag) answer = Results.StatusCode(StatusCodes.Status304NotModified);
        else if (make(row) is { } picture) answer = Results.Bytes(picture.Bytes, picture.Type);
        else return Problems.NotFound($"image {id} cannot be read any more");
        // a URL that names the version is of this version for good
        headers.CacheControl = http.Request.Query["v"] == ImageJson.VersionOf(row)
            ? "private, max-age=31536000, immutable" : "private, no-cache";
        headers.ETag = tag;
        return answer;
    }
}
