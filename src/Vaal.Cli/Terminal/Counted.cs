namespace Vaal.Cli.Terminal;

/// <summary>A number with its noun.</summary>
internal static class Counted
{
    /// <returns>such as <c>1 image</c>, <c>1,234 images</c> or <c>2 entries</c></returns>
    public static string Of(int count, string one, string? many = null) =>
        $"{count:N0} {(count == 1 ? one : many ?? one + "s")}";
}
