using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Vaal.Web;

/// <summary>The page, its scripts and its style: embedded in this assembly, found by name and never by path.</summary>
internal static class PageFiles
{
    private const string Folder = "wwwroot/";

    private static readonly Dictionary<string, string> _types = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".woff2"] = "font/woff2",
        [".txt"] = "text/plain; charset=utf-8",
    };

    private static readonly Dictionary<string, PageFile> _files = Read();

    private sealed record PageFile(byte[] Bytes, string Type, string Tag);

    public static void Map(IEndpointRouteBuilder app, Sessions sessions)
    {
        app.MapGet("/", (HttpContext http) => http.Request.Query["token"].ToString() is { Length: > 0 } token
            ? sessions.Enter(http, Vaal.Workspaces.Workspace.AccessKinds.Launch, token)
            : Send(http, "index.html")).ExcludeFromDescription();
        app.MapGet("/join/{invitation}", (HttpContext http, string invitation) =>
            sessions.Enter(http, Vaal.Workspaces.Workspace.AccessKinds.Invitation, invitation))
            .ExcludeFromDescription();
        app.MapGet("/assets/{**name}", Send).ExcludeFromDescription();
        app.MapGet("/favicon.ico", (HttpContext http) => Send(http, "icon.svg")).ExcludeFromDescription();
    }

    private static IResult Send(HttpContext http, string? name)
    {
        if (!_files.TryGetValue(name ?? "", out var file)) return Problems.NotFound("there is no such file");
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.ETag = file.Tag;
        return http.Request.Headers.IfNoneMatch == file.Tag ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(file.Bytes, file.Type);
    }

    private static Dictionary<string, PageFile> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, PageFile>();
        foreach (var name in assembly.GetManifestResourceNames())
        {
            var path = name.Replace('\\', '/');
            if (!path.StartsWith(Folder, StringComparison.Ordinal)) continue;
            if (!_types.TryGetValue(Path.GetExtension(path), out var type)) continue;
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files[path[Folder.Length..]] =
                new(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes), 0, 8)}\"");
        }
        return files;
    }
}
