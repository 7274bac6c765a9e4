using System.Runtime.CompilerServices;

namespace Vaal.Cluster.Tests;

/// <summary>The silos and workers of these tests run for seconds: nothing in them is compiled a second time, which
/// would take as long as the rest of their start.</summary>
internal static class ShortSilos
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable("DOTNET_TC_CallCountingDelayMs", "1000000");
}
