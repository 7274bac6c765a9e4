using System.Collections.Concurrent;

namespace Vaal.Data;

/// <summary>
/// The folder that paths of images are relative to, and the only way from such a path to a file that is opened. The
/// paths of a workspace may come from somebody else's database, and its links from somebody else's archive. So a path
/// or a link that leads out of the folder is refused.
/// </summary>
internal sealed class ImageRoot
{
    private readonly ConcurrentDictionary<string, bool> _folders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string?> _realFolders = new(StringComparer.Ordinal);
    private readonly bool _anywhere;
    private readonly string _real;

    private ImageRoot(string folder, bool anywhere, bool links)
    {
        Folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        (_anywhere, FollowsLinks) = (anywhere, links);
        _real = RealPath.Of(Folder) ?? Folder;
    }

    /// <summary>Absolute.</summary>
    public string Folder { get; }

    /// <summary>Links that lead out of the folder are read too.</summary>
    public bool FollowsLinks { get; }

    /// <summary>The image folder of a workspace.</summary>
    /// <param name="followLinks">the user has said that links that lead out are his own</param>
    public static ImageRoot Of(string folder, bool followLinks) => new(folder, anywhere: false, followLinks);

    /// <summary>A data set that the user names: its paths were found by listing it, and its links are
    /// followed.</summary>
    public static ImageRoot OfDataSet(string folder) => new(folder, anywhere: true, links: true);

    /// <summary>Where the file of an image lies; it need not exist. Null: outside of the folder.</summary>
    /// <param name="path">relative, with <c>/</c></param>
    /// <param name="problem">why not, in a few words</param>
    public string? FileOf(string path, out string? problem)
    {
        problem = null;
        if (_anywhere) return Path.Combine(Folder, path);
        problem = "its path leads out of the image folder";
        if (path.Length == 0 || path.Contains('\0') || Path.IsPathRooted(path)) return null;
        var file = Path.GetFullPath(Path.Combine(Folder, path));
        if (!IsBelow(Folder, file)) return null;
        problem = "a link leads out of the image folder; if it is your own, 'vaal init --follow-links' reads it";
        if (!FollowsLinks && !(IsInside(Path.GetDirectoryName(file)!) && LinkStaysInside(file))) return null;
        problem = null;
        return file;
    }

    /// <summary>
    /// Of an absolute path in the folder, however it is linked, the path from there, with <c>/</c>. No file need be
    /// there. Null: the path lies outside.
    /// </summary>
    public string? PathOf(string absolute)
    {
        if (!Path.IsPathFullyQualified(absolute) || absolute.Contains('\0')) return null;
        var file = Path.GetFullPath(absolute);
        if ((Below(Folder, file) ?? Below(_real, file)) is { } path) return path;
        // a link from elsewhere may lead here
        return Path.GetDirectoryName(file) is { } folder && _realFolders.GetOrAdd(folder, RealPath.Of) is { } real
            ? Below(_real, Path.Join(real, Path.GetFileName(file))) : null;
    }

    /// <summary>The folder and where its links lead lie inside.</summary>
    /// <param name="real">a path without links</param>
    public bool Contains(string real) => FollowsLinks || real == _real || IsBelow(_real, real);

    // a folder's links are followed once, not once a file
    private bool IsInside(string folder) => _folders.GetOrAdd(folder, f =>
        RealPath.Of(f) is not { } real || real == _real || IsBelow(_real, real));

    // a link to nothing is no file, and opening it says so
    private bool LinkStaysInside(string file) =>
        new FileInfo(file).LinkTarget is null || RealPath.Of(file) is not { } real || IsBelow(_real, real);

    // as the system compares names
    private static string? Below(string folder, string file)
    {
        var path = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
        return Path.IsPathRooted(path) || path is "." or ".." || path.StartsWith("../", StringComparison.Ordinal)
            ? null : path;
    }

    private static bool IsBelow(string folder, string path) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);
}
