using System.Text.Json;

namespace Vaal.Cli.Terminal;

/// <summary>Results go to standard output, and nothing else does.</summary>
internal static class Output
{
    /// <summary>One line of JSON: camelCase, doubles that read back as they were, NaN as null.</summary>
    public static void Json<T>(T value, TextWriter? writer = null) =>
        (writer ?? Console.Out).WriteLine(JsonSerializer.Serialize(value, Vaal.Json.Options));
}
