using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

/// <summary>
/// Finds the image of a workspace that a name in a label file means. The last part of the name is compared first: as it
/// stands, with accents composed otherwise, without an extension, and as Label Studio changes it on upload. Then the
/// folders decide: an image fits if its folders end with those of the name, or those of the name end with the image's.
/// Among images that fit, the one nearest to the label file wins, then the one whose accents are composed as in the
/// name. Folders that contradict each other never fit. Only if no image fits, the same is tried whatever the case of
/// letters.
/// </summary>
internal sealed partial class ImageNames
{
    /// <summary>Where Label Studio runs, as far as an address says it.</summary>
    private const string Server = "^(?:[A-Za-z][A-Za-z0-9+.-]+://[^?#]*?)?/?";

    /// <summary>More images of one file name than this are not compared.</summary>
    private const int MostOfOneName = 2_000;

    private static readonly string[] _notPictures =
        ["labels", "masks", "annotations", "ann", "segmentationclass", "segmentationobject"];

    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Known>> _byFile = [], _byStem = [];
    private readonly Lazy<Dictionary<string, List<Known>>> _byUpload;
    private readonly Lazy<(ImageNames Names, Dictionary<string, string> Paths)?> _anyCase;
    private readonly string? _root;
    private readonly ImageRoot? _folder;

    /// <param name="relativePaths">of every image, relative to the image folder, with <c>/</c></param>
    public ImageNames(IEnumerable<string> relativePaths) : this(relativePaths, null)
    {
    }

    /// <param name="relativePaths">of every image, relative to the image folder, with <c>/</c></param>
    /// <param name="root">the image folder; label files in it are near to the images beside them</param>
    internal ImageNames(IEnumerable<string> relativePaths, string? root) : this(relativePaths, root, folds: true)
    {
    }

    private ImageNames(IEnumerable<string> relativePaths, string? root, bool folds)
    {
        ArgumentNullException.ThrowIfNull(relativePaths);
        _anyCase = new(() => folds ? Folded() : null);
        _root = root is null ? null : Path.GetFullPath(root);
        _folder = _root is null || !folds ? null : ImageRoot.Of(_root, followLinks: true);
        foreach (var path in relativePaths)
        {
            if (!_paths.Add(path)) continue;
            string[] parts = Canonical.Form(path).Split('/');
            var known = new Known(path, parts[..^1]);
            Add(_byFile, parts[^1], known);
            Add(_byStem, StemOf(parts[^1]), known);
        }
        _byUpload = new(() =>
        {
            var uploads = new Dictionary<string, List<Known>>();
            foreach (var known in _byFile.Values.SelectMany(k => k))
                Add(uploads, AsUploaded(FileOf(known.Path)), known);
            return uploads;
        });
    }

    /// <summary>The relative path of the image that <paramref name="name"/> means, or null and why.</summary>
    public string? Resolve(string name, out string? problem) => Resolve(name, null, out problem);

    /// <summary>The same for a name in a label file.</summary>
    /// <param name="folder">that the label file lies in, as a full path; null: the name begins at the image
    /// folder</param>
    /// <param name="split">the part of a data set that the label file is of: it decides where two images fit</param>
    /// <param name="uploads">eight letters and digits before the name may be what Label Studio put there</param>
    internal string? Resolve(string name, string? folder, out string? problem, string? split = null,
        bool uploads = true)
    {
        ArgumentNullException.ThrowIfNull(name);
        problem = Unsafe(name, _folder);
        if (problem is not null) return null;
        if (FromFolder(name) is { } path) return Resolve(path, null, out problem, split, uploads);
        var near = Near(folder);
        if (near.Length == 0 && _paths.Contains(name)) return name;
        foreach (var candidate in Spellings(name))
        {
            string[] parts = Canonical.Form(candidate).Split('/');
            var (found, other) = Find(candidate, parts, near, split, uploads);
            if (found is null) continue;
            if (other is null) return found.Path;
            problem = $"{Text.Quote(name)} may be {Text.Quote(found.Path)} or {Text.Quote(other.Path)}; "
                + "give the path from the image folder";
            return null;
        }
        var wanted = problem = $"no image {Text.Quote(name)} in the workspace{Elsewhere(name)}";
        if (_anyCase.Value is not { } folded) return null;
        // IMG_1.JPG became img_1.jpg on the way through a program or a file system that does not tell cases apart
        var low = folded.Names.Resolve(name.ToLowerInvariant(), folder?.ToLowerInvariant(), out problem, split,
            uploads);
        if (low is not null) return folded.Paths[low];
        problem = wanted;
        return null;
    }

    // images whose paths differ from all others in more than the case
    private (ImageNames Names, Dictionary<string, string> Paths)? Folded()
    {
        var paths = _paths.GroupBy(p => p.ToLowerInvariant()).Where(g => g.Count() == 1)
            .ToDictionary(g => g.Key, g => g.Single());
        return paths.Count == 0 ? null : (new ImageNames(paths.Keys, _root?.ToLowerInvariant(), folds: false), paths);
    }

    /// <summary>
    /// The last folder of a name that the path of its image does not have, if it tells anything; else null.
    /// </summary>
    internal static string? DroppedFolder(string name, string path)
    {
        var own = Canonical.Form(Spellings(name).Last()).Split('/')[..^1];
        var kept = Canonical.Form(path).Split('/')[..^1];
        return own.Length <= kept.Length || !EndsWith(own, kept) ? null : Telling(own[..^kept.Length]).LastOrDefault();
    }

    private static IEnumerable<string> Spellings(string name)
    {
        var plain = FromUrl(name);
        yield return plain;
        var slashes = Uri.UnescapeDataString(plain).Replace('\\', '/');
        while (slashes.StartsWith("./", StringComparison.Ordinal)) slashes = slashes[2..];
        yield return slashes;
    }

    /// <summary>The folders of a label file: from the image folder where it lies in there, else all of them.</summary>
    private Place Near(string? folder)
    {
        if (folder is null) return new([], Inside: true);
        var full = Path.GetFullPath(folder);
        var relative = _root is null ? full : Path.GetRelativePath(_root, full);
        var inside = _root is not null && relative != ".." && !Path.IsPathRooted(relative)
            && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        var text = Canonical.Form((inside ? relative : full).Replace('\\', '/'));
        return new([.. text.Split('/').Where(p => p is not ("" or "."))], inside);
    }

    private (Known? Found, Known? Other) Find(string name, string[] parts, Place near, string? split, bool uploads)
    {
        var (file, folders) = (parts[^1], parts[..^1]);
        if (Of(_byFile.GetValueOrDefault(file)) is { Found: not null } whole) return whole;
        if (Of(_byStem.GetValueOrDefault(file)) is { Found: not null } stem) return stem;
        if (!uploads || !UploadPrefix().IsMatch(file)) return default;
        var uploaded = FileOf(name)[9..];
        foreach (var known in new[]
        {
            _byFile.GetValueOrDefault(Canonical.Form(uploaded)),
            _byStem.GetValueOrDefault(Canonical.Form(uploaded)),
            _byUpload.Value.GetValueOrDefault(uploaded),
        })
            if (Of(known) is { Found: not null } upload) return upload;
        return default;

        (Known? Found, Known? Other) Of(List<Known>? known)
        {
            var best = Best(known, folders, near);
            if (best.Count > 1 && split is not null
                && Best(known!.FindAll(k => Splits.In(k.Folders) == split), folders, near) is { Count: > 0 } there)
                best = there;
            // of names that differ only in how their accents are composed, the one that is spelt so
            if (best.Count > 1 && best.FindAll(k => IsSpelt(k.Path, name)) is [var exact]) best = [exact];
            return (best.ElementAtOrDefault(0), best.ElementAtOrDefault(1));
        }
    }

    private static bool IsSpelt(string path, string name) =>
        ("/" + path).EndsWith("/" + name, StringComparison.Ordinal)
            || ("/" + name).EndsWith("/" + path, StringComparison.Ordinal);

    /// <summary>The images that fit best: several fit equally well.</summary>
    private static List<Known> Best(List<Known>? known, string[] folders, Place near)
    {
        if (known is null) return [];
        var possible = known.Take(MostOfOneName).Where(k => !OtherSplit(k.Folders, near)).ToList();
        var fitting = possible.FindAll(k => Fits(k.Folders, folders));
        // images/a.jpg may be photos/a.jpg: folders that only say 'pictures' or 'training' do not contradict
        if (fitting.Count == 0)
            fitting = possible.FindAll(k => Fits(Telling(k.Folders), Telling(folders))
                && !OtherSplit(k.Folders, folders));
        if (fitting.Count == 0) return [];
        // label files outside: the more of their folders an image has, the better
        if (!near.Inside)
        {
            string[] all = [.. near.Folders, .. folders];
            return Only(fitting.Where(k => EndsWith(all, k.Folders)), k => k.Folders.Length)
                ?? Only(fitting, _ => 0) ?? [];
        }
        // label files inside: what lies below their folder, then below the folder above it, and so on
        string[] telling = Telling(near.Folders), twin = [.. telling, .. Telling(folders)];
        for (var up = near.Folders.Length; up >= 0; up--)
        {
            string[] above = near.Folders[..up], exact = [.. above, .. folders];
            var within = fitting.FindAll(k => StartsWith(k.Folders, above) && EndsWith(k.Folders, folders));
            if (Only(within.Where(k => k.Folders.SequenceEqual(exact)), _ => 0) is { } beside) return beside;
            // labels/monday/a.json speaks of images/monday/a.jpg
            if (up == near.Folders.Length && telling.Length > 0
                && Only(fitting.Where(k => Telling(k.Folders) is { Length: > 0 } own && EndsWith(twin, own)),
                    k => Telling(k.Folders).Length) is [_] there)
                return there;
            if (Only(within, _ => 0) is { } found) return found;
        }
        return Only(fitting, k => k.Folders.Length) ?? [];
    }

    /// <summary>
    /// The images with the highest rank; pictures are preferred to masks of the same name. Null: there is none.
    /// </summary>
    private static List<Known>? Only(IEnumerable<Known> known, Func<Known, int> rank)
    {
        var all = known.ToList();
        if (all.Count == 0) return null;
        var best = all.Max(rank);
        all.RemoveAll(k => rank(k) < best);
        if (all.Count > 1 && all.Find(k => !IsNoPicture(k)) is not null) all.RemoveAll(IsNoPicture);
        return all;
    }

    private static bool IsNoPicture(Known known) => known.Folders.Any(f => _notPictures.Contains(f.ToLowerInvariant()));

    private static bool Fits(string[] image, string[] name) => EndsWith(image, name) || EndsWith(name, image);

    private static string[] Telling(string[] folders) => [.. folders.Where(f => !Splits.IsNoClass(f))];

    /// <summary>A label file in <c>train</c> does not speak of images in <c>valid</c>.</summary>
    private static bool OtherSplit(string[] image, Place near)
        => OtherSplit(image, near.Inside ? near.Folders : near.Folders[Math.Max(0, near.Folders.Length - 1)..]);

    private static bool OtherSplit(string[] image, string[] own)
        => Splits.In(own) is { } split && Splits.In(image) is { } other && split != other;

    private static bool EndsWith(string[] all, string[] end)
        => all.Length >= end.Length && all.AsSpan(all.Length - end.Length).SequenceEqual(end);

    private static bool StartsWith(string[] all, string[] start)
        => all.Length >= start.Length && all.AsSpan(0, start.Length).SequenceEqual(start);

    /// <summary>For the message: an image of that file name whose folders contradict.</summary>
    private string Elsewhere(string name)
        => _byFile.GetValueOrDefault(Canonical.Form(FileOf(Spellings(name).Last()))) is [var only]
            ? $"; {Text.Quote(only.Path)} has the same file name, but lies in another folder" : "";

    /// <summary>The path within a URL: Label Studio's uploads and local files, a web address, a bucket.</summary>
    private static string FromUrl(string name)
    {
        if (LocalFile().Match(name) is { Success: true } local) return Uri.UnescapeDataString(local.Groups[1].Value);
        if (Upload().Match(name) is { Success: true } upload) return upload.Groups[1].Value;
        if (Media().Match(name) is { Success: true } media) return media.Groups[1].Value;
        return Address().Match(name) is { Success: true } address ? address.Groups[1].Value : name;
    }

    private static void Add(Dictionary<string, List<Known>> index, string key, Known known)
    {
        if (!index.TryGetValue(key, out var all)) index[key] = all = new(1);
        all.Add(known);
    }

    private static string FileOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string StemOf(string file) => file.LastIndexOf('.') is var dot and > 0 ? file[..dot] : file;

    /// <param name="Path">as the workspace has it</param>
    /// <param name="Folders">in canonical form, from the image folder down</param>
    private sealed record Known(string Path, string[] Folders);

    /// <param name="Folders">of a label file, in canonical form</param>
    /// <param name="Inside">whether they begin at the image folder</param>
    private readonly record struct Place(string[] Folders, bool Inside)
    {
        public int Length => Folders.Length;
    }

    [GeneratedRegex(Server + @"data/local-files/?\?d=([^&#]*)")] private static partial Regex LocalFile();
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]+://[^/?#]*/?([^?#]*)")] private static partial Regex Address();
}
