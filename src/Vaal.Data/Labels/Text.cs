using System.Globalization;
using System.Xml;

namespace Vaal.Data.Labels;

/// <summary>Texts and numbers of label files.</summary>
internal static class Text
{
    /// <summary>What stands between the classes of one cell.</summary>
    public static readonly char[] Separators = [',', '|', ';'];

    public static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>The classes that a text names when it separates them by comma, bar or semicolon.</summary>
    public static string[] Classes(string text)
        => text.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What to say of an image with several classes where it may have one.</summary>
    public const string OneOnly =
        "an image has one, unless the workspace was made by 'vaal init --multi-label'";

    /// <summary>What to say of an image that was given none where it may have one.</summary>
    public const string NoClass = "no class was chosen";

    /// <summary>The one class of a whole image among those that a file gives it; null: none.</summary>
    /// <exception cref="MalformedEntryException">there is more than one</exception>
    public static string? OnlyClass(IEnumerable<string> classes, string image) => classes.Distinct().ToArray() switch
    {
        [] => null,
        [var only] => only,
        var many => throw new MalformedEntryException(
            $"{Quote(image)} has the classes {string.Join(", ", many.Take(10).Select(Quote))}; {OneOnly}"),
    };

    /// <summary>Whether XML can hold it: no control characters but line breaks and tabs, no half of a pair.</summary>
    public static bool FitsXml(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i])) continue;
            if (i + 1 == text.Length || !XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i])) return false;
            i++;
        }
        return true;
    }

    /// <summary>Whether it can name a class: no control characters, line breaks and tabs among them.</summary>
    public static bool FitsClass(string? name) => FitsXml(name) && (name is null || !name.Any(char.IsControl));

    /// <summary>Without blanks at its ends, and without what has no width there: nobody sees either.</summary>
    public static string Trimmed(string text)
    {
        var (from, to) = (0, text.Length);
        while (from < to && IsUnseen(text[from])) from++;
        while (from < to && IsUnseen(text[to - 1])) to--;
        return text[from..to];
    }

    /// <summary>What to say of a class that is another one when <see cref="Trimmed"/>.</summary>
    public static string Untrimmed(string @class) =>
        $"the class {Quote(@class)} begins or ends with a blank or with a character that has no width";

    private static bool IsUnseen(char c) =>
        char.IsWhiteSpace(c) || c is '\u200B' or '\u200C' or '\u200D' or '\u2060' or '\uFEFF';

    /// <summary>What to say of a class that does not: Label Studio's and CVAT's files could not name it.</summary>
    public static string Unfit(string @class)
        => $"the class {Quote(@class)} has a control character in it, which label files of other tools cannot hold";

    /// <summary>In quotes, on one line, and not longer than a message can bear.</summary>
    public static string Quote(string text)
    {
        var shown = new string([.. text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text.Length > 80 ? $"'{shown}…'" : $"'{shown}'";
    }

    public static DateTimeOffset? Time(string? text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time : null;

    /// <summary>A number as files write it; null: it is none, or not finite.</summary>
    public static double? TryNumber(string? text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;

    public static double Number(string? text, string what)
        => TryNumber(text) ?? throw new MalformedEntryException($"{what} is {Quote(text ?? "")}; it must be a number");

    /// <summary>A whole number, also as programs write it that know no others: <c>1.0</c>.</summary>
    public static int Whole(string? text, string what)
        => TryNumber(text) is { } number && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue
            ? (int)number : throw new MalformedEntryException(
                $"{what} is {Quote(text ?? "")}; it must be a whole number");

    public static string Of(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
