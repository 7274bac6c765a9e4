using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>The executable <c>vaal</c>, as the build that made these tests left it.</summary>
internal static class VaalExecutable
{
    // tests/Vaal.Cluster.Tests/bin/<configuration>/<framework>/
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "src", "Vaal.Cli", "bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name,
        OperatingSystem.IsWindows() ? "vaal.exe" : "vaal");
}
