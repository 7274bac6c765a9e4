using System.Globalization;

namespace Vaal.Data;

/// <summary>Two numbers of a thing that has a width and a height, as people write them: 240x180.</summary>
internal static class Sides
{
    /// <param name="what">names it in the message: "the frame is"</param>
    /// <param name="example">what is right</param>
    /// <exception cref="InputException">it is not two whole numbers of at least 1 with an x between them</exception>
    public static (int Width, int Height) Parse(string text, string what, string example) =>
        TryParse(text) ?? throw new InputException(Problem(text, what, example)!);

    /// <summary>What is wrong with it; null: nothing.</summary>
    public static string? Problem(string text, string what, string example) =>
        TryParse(text) is null ? $"{what} '{text}'; expected two numbers, such as {example}" : null;

    private static (int, int)? TryParse(string text) =>
        text.Split('x') is [var w, var h] && Number(w) is { } width && Number(h) is { } height ? (width, height) : null;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0 ? number : null;
}
