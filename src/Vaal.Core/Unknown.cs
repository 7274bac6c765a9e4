using System.Text.Json;

namespace Vaal;

/// <summary>The message about a value that is none of those allowed: <c>no schedule 'x'; there are: a, b</c>.</summary>
internal static class Unknown
{
    /// <summary>About a name that is not known.</summary>
    public static string Name(string what, string name, IEnumerable<string> known) =>
        $"no {what} '{name}'; there are: {string.Join(", ", known)}"
            + (Suggestion.Nearest(name, known) is { } near ? $"; did you mean '{near}'?" : "");

    /// <summary>About a number that is no value of the enumeration; null if it is one.</summary>
    public static string? Value<T>(string what, T value) where T : struct, Enum =>
        Enum.IsDefined(value) ? null : $"no {what} {value}; there are: "
            + string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName));
}
