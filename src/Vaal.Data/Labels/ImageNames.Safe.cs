using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

/// <summary>Names that say a place on a computer: those in the image folder are names of its images, others are
/// not.</summary>
internal sealed partial class ImageNames
{
    /// <summary>
    /// Of an absolute path, or a <c>file:</c> address, in the image folder the path from there; of all else null.
    /// </summary>
    internal string? FromFolder(string name) => _folder is null ? null : FromFolder(name, _folder);

    /// <summary>The same for one name.</summary>
    internal static string? FromFolder(string name, ImageRoot folder) =>
        AbsoluteIn(name).Select(folder.PathOf).FirstOrDefault(p => p is not null);

    /// <summary>
    /// Why a name must not be used: it is empty, or it points out of the image folder. Null: it may be.
    /// </summary>
    /// <param name="folder">absolute paths in it may be used; null: none may</param>
    internal static string? Unsafe(string name, ImageRoot? folder = null)
    {
        if (string.IsNullOrWhiteSpace(name)) return "the name of the image is empty";
        if (name.Contains('\0')) return $"{Text.Quote(name)} has a NUL character in it";
        foreach (var spelling in new[] { name, FromUrl(name), Uri.UnescapeDataString(FromUrl(name)) })
        {
            if (spelling == name && FromUrl(name) != name) continue;
            if (spelling.Split('/', '\\').Contains("..") || spelling.Contains('\0'))
                return $"{Text.Quote(name)} leaves the image folder";
        }
        var absolute = AbsoluteIn(name).ToList();
        if (absolute.Count == 0 || absolute.Exists(a => folder?.PathOf(a) is not null)) return null;
        return $"{Text.Quote(name)} is an absolute path{(folder is null ? "" : " outside of the image folder")}; "
            + "give the path from the image folder";
    }

    /// <summary>The absolute paths that a name may be, the likeliest first; none: it is no such path.</summary>
    internal static IEnumerable<string> AbsoluteIn(string name)
    {
        var local = LocalAddress().Match(name);
        var plain = local.Success ? local.Groups[1].Value : FromUrl(name);
        string[] spellings = [plain, Uri.UnescapeDataString(plain)];
        return (local.Success ? spellings.Reverse() : spellings)
            .Where(p => p.StartsWith('/') || p.StartsWith('\\') || Drive().IsMatch(p))
            // file:///C:/photos/a.jpg
            .Select(p => p[0] == '/' && Drive().IsMatch(p[1..]) ? p[1..] : p);
    }

    [GeneratedRegex(@"^[A-Za-z]:[\\/]")] private static partial Regex Drive();
    [GeneratedRegex("^file:(?://(?:localhost)?)?(/[^?#]*)", RegexOptions.IgnoreCase)]
    private static partial Regex LocalAddress();
}
