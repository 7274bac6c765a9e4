namespace Vaal.Data;

/// <summary>
/// Where a file or folder lies once every link on the way to it is followed, as <c>realpath</c> says.
/// </summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The path without links; null: links lead in a circle, or to nothing.</summary>
    public static string? Of(string path)
    {
        var root = Path.GetPathRoot(Path.GetFullPath(path))!;
        var open = new Stack<string>(Parts(path, root));
        var (real, links) = (root, 0);
        while (open.TryPop(out var part))
        {
            if (part is "" or ".") continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? root;
                continue;
            }
            var next = Path.Join(real, part);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (entry.LinkTarget is not { } target)
            {
                if (!entry.Exists) return null;
                real = next;
                continue;
            }
            if (++links > MostLinks) return null;
            if (Path.IsPathRooted(target)) real = root;
            foreach (var further in Parts(target, root)) open.Push(further);
        }
        return real;
    }

    /// <summary>The last part first, for a stack.</summary>
    private static IEnumerable<string> Parts(string path, string root)
        => (Path.IsPathRooted(path) ? path[root.Length..] : path)
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]).Reverse();
}
