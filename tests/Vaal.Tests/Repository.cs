namespace Vaal.Tests;

/// <summary>Where the checkout lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Vaal.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"no Vaal.slnx above {AppContext.BaseDirectory}");
    }
}
