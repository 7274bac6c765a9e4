namespace Vaal.Tests;

/// <summary>The genuine exports of other tools, under VAAL_DATA; a test that needs them is skipped without, unless
/// VAAL_REQUIRE=all.</summary>
internal static class InteropSamples
{
    public static string Folder(params string[] parts)
    {
        var folder = Path.Combine([Root(), "interop", .. parts]);
        if (Path.Exists(folder)) return folder;
        Assert.SkipUnless(Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all", $"no sample data at {folder}");
        throw new DirectoryNotFoundException($"no sample data at {folder}");
    }

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("VAAL_DATA") is { Length: > 0 } stated) return stated;
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Vaal.slnx"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? ".", "..", "shared", "data");
    }
}
