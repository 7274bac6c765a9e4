using System.Diagnostics;

namespace Vaal.Tests;

/// <summary>
/// Real data that tests use and the repository does not hold: below VAAL_DATA, or <c>../shared/data</c> beside the
/// repository. A test whose data is not there is skipped and says so; with VAAL_REQUIRE=all it fails.
/// </summary>
internal static class RealData
{
    private static readonly Lazy<string> _unpacked = new(Unpack);

    /// <summary>A folder of the real data; those that are packed are unpacked first.</summary>
    public static string Folder(string name)
    {
        Require(Directory.Exists(Root), $"no real data in {Root}; VAAL_DATA names another folder");
        var folder = Path.Combine(name is "cifar10" or "cifar100" ? _unpacked.Value : Root, name);
        Require(Directory.Exists(folder), $"no real data in {folder}");
        return folder;
    }

    /// <summary>The four IDX files of Debian's package dataset-fashion-mnist.</summary>
    public static string FashionMnist()
    {
        const string folder = "/usr/share/datasets/fashion-mnist";
        Require(Directory.Exists(folder), "Debian's package dataset-fashion-mnist is not installed");
        return folder;
    }

    private static string Root => Environment.GetEnvironmentVariable("VAAL_DATA") is { Length: > 0 } named
        ? named
        : Path.GetFullPath(Path.Combine(Repository(), "../shared/data"));

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Vaal.slnx"))) return folder.FullName;
        return AppContext.BaseDirectory;
    }

    private static string Unpack()
    {
        using var unpack =
            Process.Start(new ProcessStartInfo(Path.Combine(Root, "unpack")) { RedirectStandardOutput = true })!;
        var printed = unpack.StandardOutput.ReadToEnd().Trim();
        unpack.WaitForExit();
        return unpack.ExitCode == 0
            ? printed
            : throw new InvalidOperationException($"{Root}/unpack ended with {unpack.ExitCode}");
    }

    private static void Require(bool there, string otherwise)
    {
        if (there) return;
        if (Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all") Assert.Fail(otherwise);
        Console.WriteLine($"skipped: {otherwise}");
        Assert.Skip(otherwise);
    }
}
