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
        var row = live.With((_, b) => b.PositionOf(id) is >= 0 and var at ? b.Rows[at] : null);
        if (row is null) return Problems.NotFound($"there is no image {id}");
        var tag = $"\"{kind}-{id}-{ImageJson.VersionOf(row)}\"";
        // a URL that names the version is of this version for good
        http.Response.Headers.CacheControl = http.Request.Query["v"] == ImageJson.VersionOf(row)
            ? "private, max-age=31536000, immutable" : "private, no-cache";
        http.Response.Headers.ETag = tag;
        if (http.Request.Headers.IfNoneMatch == tag) return Results.StatusCode(StatusCodes.Status304NotModified);
        return make(row) is { } picture ? Results.Bytes(picture.Bytes, picture.Type)
            : Problems.NotFound($"image {id} cannot be read any more");
    }
}
