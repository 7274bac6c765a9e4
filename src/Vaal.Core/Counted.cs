namespace Vaal;

/// <summary>A number with its noun. The command line compiles this file too, because it sees public members
/// only.</summary>
internal static class Counted
{
    /// <returns>such as <c>1 image</c>, <c>1,234 images</c> or <c>2 entries</c></returns>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>The verb that goes with it: "is" or "are".</summary>
    public static string Is(long count) => count == 1 ? "is" : "are";

    /// <summary>The same: "has" or "have".</summary>
    public static string Has(long count) => count == 1 ? "has" : "have";
}
