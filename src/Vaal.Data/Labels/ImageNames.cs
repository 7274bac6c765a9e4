using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

/// <summary>
/// Finds which image of a workspace a label file means. Tried in this order: the relative path; the path with accents
/// composed otherwise; the path without its leading folders; the file name, the file name without extension, where
/// only one image has it; the name as Label Studio changes it on upload.
/// </summary>
public sealed partial class ImageNames
{
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Match> _byForm = [], _byFile = [], _byStem = [];
    private readonly Lazy<Dictionary<string, Match>> _byUpload;

    /// <param name="relativePaths">of every image, relative to the image folder, with <c>/</c></param>
    public ImageNames(IEnumerable<string> relativePaths)
    {
        ArgumentNullException.ThrowIfNull(relativePaths);
        foreach (var path in relativePaths)
        {
            if (!_paths.Add(path)) continue;
            var form = Canonical.Form(path);
            var file = FileOf(form);
            if (!ReferenceEquals(form, path)) Add(_byForm, form, path);
            Add(_byFile, file, path);
            Add(_byStem, StemOf(file), path);
        }
        _byUpload = new(() =>
        {
            var uploads = new Dictionary<string, Match>();
            foreach (var path in _paths) Add(uploads, AsUploaded(FileOf(path)), path);
            return uploads;
        });
    }

    /// <summary>The relative path of the image that <paramref name="name"/> means, or null and why.</summary>
    public string? Resolve(string name, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(name);
        problem = Unsafe(name);
        if (problem is not null) return null;
        if (_paths.Contains(name)) return name;
        foreach (var candidate in Spellings(name))
        {
            if (Find(candidate) is not { } match) continue;
            if (match.Other is null) return match.Path;
            problem = $"{Text.Quote(name)} may be {Text.Quote(match.Path)} or {Text.Quote(match.Other)}; give the path from the image folder";
            return null;
        }
        problem = $"no image {Text.Quote(name)} in the workspace";
        return null;
    }

    /// <summary>Why a name must not be used: it is empty, or it points out of the image folder. Null: it may be.</summary>
    internal static string? Unsafe(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) return "the name of the image is empty";
        if (name.Contains('\0')) return $"{Text.Quote(name)} has a NUL character in it";
        foreach (var spelling in new[] { name, FromUrl(name), Uri.UnescapeDataString(FromUrl(name)) })
        {
            if (spelling == name && FromUrl(name) != name) continue;
            if (spelling.Split('/', '\\').Contains("..") || spelling.Contains('\0')) return $"{Text.Quote(name)} leaves the image folder";
            if (spelling.StartsWith('/') || spelling.StartsWith('\\') || Drive().IsMatch(spelling))
                return $"{Text.Quote(name)} is an absolute path; give the path from the image folder";
        }
        return null;
    }

    private static IEnumerable<string> Spellings(string name)
    {
        var plain = FromUrl(name);
        yield return plain;
        var slashes = Uri.UnescapeDataString(plain).Replace('\\', '/');
        while (slashes.StartsWith("./", StringComparison.Ordinal)) slashes = slashes[2..];
        yield return slashes;
    }

    private Match? Find(string name)
    {
        var form = Canonical.Form(name);
        if (ByPath(name) is { } exact) return exact;
        if (ByPath(form) is { } composed) return composed;
        for (var slash = form.IndexOf('/'); slash >= 0 && slash < form.LastIndexOf('/'); slash = form.IndexOf('/', slash + 1))
            if (ByPath(form[(slash + 1)..]) is { } within) return within;
        var file = FileOf(form);
        if (_byFile.TryGetValue(file, out var match) || _byStem.TryGetValue(file, out match)) return match;
        if (!UploadPrefix().IsMatch(file)) return null;
        var uploaded = FileOf(name)[9..];
        return _byFile.TryGetValue(Canonical.Form(uploaded), out match) || _byUpload.Value.TryGetValue(uploaded, out match) ? match : null;
    }

    private Match? ByPath(string path) => _paths.Contains(path) ? new Match(path, null) : _byForm.TryGetValue(path, out var match) ? match : null;

    /// <summary>The path within a URL: Label Studio's uploads and local files, a web address, a bucket.</summary>
    private static string FromUrl(string name)
    {
        if (LocalFile().Match(name) is { Success: true } local) return Uri.UnescapeDataString(local.Groups[1].Value);
        if (Upload().Match(name) is { Success: true } upload) return upload.Groups[1].Value;
        return Address().Match(name) is { Success: true } address ? address.Groups[1].Value : name;
    }

    /// <summary>Label Studio stores uploads under a name of letters, digits, <c>-_.</c>, with <c>_</c> for each space.</summary>
    private static string AsUploaded(string file) => NotInUploads().Replace(file.Trim().Replace(' ', '_'), "");

    private static void Add(Dictionary<string, Match> index, string key, string path)
    {
        if (!index.TryAdd(key, new Match(path, null)) && index[key] is { Other: null } first) index[key] = first with { Other = path };
    }

    private static string FileOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string StemOf(string file) => file.LastIndexOf('.') is var dot and > 0 ? file[..dot] : file;

    private readonly record struct Match(string Path, string? Other);

    [GeneratedRegex(@"^[A-Za-z]:[\\/]")] private static partial Regex Drive();
    [GeneratedRegex("^[0-9a-f]{8}-")] private static partial Regex UploadPrefix();
    [GeneratedRegex(@"^/?data/local-files/?\?d=([^&#]*)")] private static partial Regex LocalFile();
    [GeneratedRegex(@"^/?data/upload/\d+/([^?#]*)")] private static partial Regex Upload();
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]+://[^/?#]*/?([^?#]*)")] private static partial Regex Address();
    [GeneratedRegex(@"[^-\w.]")] private static partial Regex NotInUploads();
}
