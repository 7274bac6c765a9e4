using System.Text.Json;

namespace Vaal.Cli.Terminal;

/// <summary>
/// The only way to standard output and standard error: nothing that is printed here can control the terminal. Results go
/// to standard output, and nothing else does.
/// </summary>
internal static class Output
{
    public static TextWriter Out { get; } = new VisibleWriter(Console.Out);

    public static TextWriter Error { get; } = new VisibleWriter(Console.Error);

    /// <summary>A line of results.</summary>
    public static void Line(string text = "") => Out.WriteLine(text);

    /// <summary>One line of JSON: camelCase, doubles that read back as they were, NaN as null.</summary>
    public static void Json<T>(T value, TextWriter? writer = null) =>
        (writer ?? Out).WriteLine(JsonSerializer.Serialize(value, Vaal.Json.Options));
}
