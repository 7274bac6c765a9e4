namespace Vaal.Data;

/// <summary>
/// Which folders of a tree of pictures are classes. Folders that only say train, images and the like are looked through
/// as long as all folders beside them say no more. A tree that holds label files, or no other folders, has no classes.
/// </summary>
internal sealed class ClassTree
{
    private const int MostLevels = 4;

    // what may lie beside classes without being labels
    private static readonly string[] _documents =
        ["readme", "license", "licence", "copying", "notice", "credits", "citation", "changelog", "vaal", "package"];

    private static readonly string[] _labelFiles =
        [".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".parquet", ".yaml", ".yml", ".names", ".manifest"];

    private readonly List<string> _paths;
    private readonly int _skipped;

    /// <param name="paths">of the pictures, relative, with <c>/</c></param>
    public ClassTree(IEnumerable<string> paths)
    {
        _paths = [.. paths];
        while (_skipped < MostLevels && Folders(_skipped) is { Count: > 0 } folders && folders.All(Splits.IsNoClass)
            && Folders(_skipped + 1).Count > 0) _skipped++;
    }

    /// <summary>The class of a picture, by its folder; null: it lies in none.</summary>
    public string? ClassOf(string path)
    {
        var parts = path.Split('/');
        return parts.Length > _skipped + 1 ? parts[_skipped] : null;
    }

    /// <summary>Why the folders are no classes, in words that name what lies there; null: they are.</summary>
    /// <param name="files">everything in the tree that is no picture, relative, with <c>/</c></param>
    /// <param name="strict">any file that may hold labels counts, not only those beside pictures or in folders for
    /// labels</param>
    public string? Doubt(IEnumerable<string> files, bool strict)
    {
        var classes = Folders(_skipped);
        var pictures = _paths.Select(FolderOf).ToHashSet();
        var stems = _paths.Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet();
        var labels = files.FirstOrDefault(f => MayHoldLabels(f, stems)
            && (strict || pictures.Contains(FolderOf(f)) || f.Split('/')[..^1].Any(Splits.IsNoClass)));
        var shown = string.Join(", ", classes.Order(StringComparer.Ordinal).Take(8));
        if (labels is not null)
            return $"it holds {labels}, which may be labels in a form that is not read; its folders ({shown}) may not "
                + "be classes";
        if (_paths.Find(p => p.Split('/')[..^1].Any(Splits.IsForLabels)) is { } mask)
            return $"it holds {mask}, which may be a mask; its folders ({shown}) may not be classes";
        if (classes.Count > 0 && classes.All(Splits.IsNoClass)) return $"its folders ({shown}) say nothing of classes";
        // day1/images and day2/images are two sets of pictures, not two classes
        var below = Folders(_skipped + 1);
        var deep = _paths.All(p => p.Count(c => c == '/') > _skipped + 1);
        if (deep && below.Count > 0 && below.All(Splits.IsNoClass))
            return $"its folders ({shown}) hold {string.Join(", ", below.Order(StringComparer.Ordinal).Take(8))} only";
        if (strict && classes.Where(Splits.IsNoClass).Min(StringComparer.Ordinal) is { } place)
            return $"its folder {place} says nothing of classes, and lies beside others ({shown}); rename it, or move "
                + "it away";
        if (strict && classes.Count == 0 && _paths.Count > 0)
            return "its images lie in no folders; classes need two or more";
        if (strict && classes.Count == 1) return $"it has one folder ({shown}); classes need two or more";
        return null;
    }

    /// <summary>The folders at a level that have pictures in or below them.</summary>
    private HashSet<string> Folders(int level)
        => [.. _paths.Select(p => p.Split('/')).Where(p => p.Length > level + 1).Select(p => p[level])
            .Where(f => !f.StartsWith('_'))];

    private static bool MayHoldLabels(string file, HashSet<string> stems)
    {
        var (stem, extension) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file).ToLowerInvariant());
        if (_documents.Any(d => stem.StartsWith(d, StringComparison.OrdinalIgnoreCase))) return false;
        return _labelFiles.Contains(extension) || extension == ".txt" && stems.Contains(stem);
    }

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];
}
