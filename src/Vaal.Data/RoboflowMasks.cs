using System.Text;

namespace Vaal.Data;

/// <summary>
/// Roboflow's export of semantic masks: <c>a_mask.png</c> beside <c>a.jpg</c>, and <c>_classes.csv</c> with the columns
/// <c>Pixel Value</c> and <c>Class</c>. The masks are labels, not images of the pool.
/// </summary>
internal static class RoboflowMasks
{
    public const string Classes = "_classes.csv";
    private const string Ending = "_mask.png";

    public static bool IsMask(string name) => name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the mask of that name is called without the ending.</summary>
    public static string StemOf(string mask) => mask[..^Ending.Length];

    /// <summary>Whether a folder holds such an export, by the first line of its table of classes.</summary>
    public static bool AreIn(string folder) => IsTable(new FileInfo(Path.Combine(folder, Classes)));

    /// <summary>The names of the masks in a folder.</summary>
    public static IReadOnlySet<string> In(IReadOnlyList<FileSystemInfo> entries)
    {
        var masks = new HashSet<string>();
        if (!entries.Any(e => e.Name == Classes && IsTable(e as FileInfo))) return masks;
        var pictures = entries.Where(e => SourceFiles.IsPicture(e.Name))
            .Select(e => Path.GetFileNameWithoutExtension(e.Name)).ToHashSet();
        masks.UnionWith(entries.Select(e => e.Name).Where(n => IsMask(n) && pictures.Contains(StemOf(n))));
        return masks;
    }

    private static bool IsTable(FileInfo? file)
    {
        if (file is not { Exists: true, Length: > 0 }) return false;
        try
        {
            using var reader = new StreamReader(RegularFile.OpenRead(file.FullName), Encoding.UTF8);
            var start = new char[64];
            var text = new string(start, 0, reader.ReadBlock(start));
            return text.TrimStart().StartsWith("Pixel Value", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
