namespace Vaal.Tests;

/// <summary>Where the checkout lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The Markdown pages at the top and under docs/, relative to <see cref="Root"/>.</summary>
    public static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(p => Path.GetRelativePath(Root, p)).Order(StringComparer.Ordinal);

    /// <summary>Every C# file, script and style sheet that is written by hand.</summary>
    public static IEnumerable<string> Code() =>
        from folder in new[] { "src", "tests", "bench", "build" }
        from kind in new[] { "*.cs", "*.js", "*.css" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), kind, SearchOption.AllDirectories)
        where !file.Split(Path.DirectorySeparatorChar).Any(f => f is "bin" or "obj")
        select file;

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Vaal.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"no Vaal.slnx above {AppContext.BaseDirectory}");
    }
}
