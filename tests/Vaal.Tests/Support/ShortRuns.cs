using System.Runtime.CompilerServices;

namespace Vaal.Tests;

/// <summary>The programs that a test starts run for seconds: they spend no time on a profile of themselves.</summary>
internal static class ShortRuns
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
}
