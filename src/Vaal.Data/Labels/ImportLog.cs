namespace Vaal.Data.Labels;

/// <summary>An entry of a label file cannot be used; the reader lists it and goes on.</summary>
internal sealed class MalformedEntryException(string message) : Exception(message);

/// <summary>What an importer has gathered so far.</summary>
internal sealed class ImportLog(ImportContext context)
{
    private readonly List<Annotation> _annotations = [];
    private readonly List<ImportProblem> _problems = [];

    public ImportContext Context => context;
    public RunBudget Runs { get; } = new();
    public ImportResult Result => new(_annotations, _problems);

    /// <summary>Reads one entry; a malformed one becomes a problem and adds nothing.</summary>
    public void Entry(string where, Action read)
    {
        context.Cancel.ThrowIfCancellationRequested();
        var before = _annotations.Count;
        try
        {
            read();
        }
        catch (MalformedEntryException e)
        {
            _annotations.RemoveRange(before, _annotations.Count - before);
            Problem(where, e.Message);
        }
    }

    public void Add(Annotation annotation)
    {
        if (ImageNames.Unsafe(annotation.Image) is { } problem) throw new MalformedEntryException(problem);
        if (annotation.Shapes.Select(s => s.Class).FirstOrDefault(c => !Text.FitsXml(c)) is { } unfit) throw new MalformedEntryException(Text.Unfit(unfit));
        _annotations.Add(annotation with { Class = Text.NullIfEmpty(annotation.Class) });
    }

    public void Problem(string where, string message) => _problems.Add(new ImportProblem(where, message));
}

internal static class Text
{
    public static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>Whether XML can hold it: no control characters but line breaks and tabs, no half of a pair.</summary>
    public static bool FitsXml(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (System.Xml.XmlConvert.IsXmlChar(text[i])) continue;
            if (i + 1 == text.Length || !System.Xml.XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i])) return false;
            i++;
        }
        return true;
    }

    /// <summary>What to say of a class that does not: Label Studio's and CVAT's files could not name it.</summary>
    public static string Unfit(string @class) => $"the class {Quote(@class)} has a control character in it, which label files of other tools cannot hold";

    /// <summary>In quotes, on one line, and not longer than a message can bear.</summary>
    public static string Quote(string text)
    {
        var shown = new string([.. text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text.Length > 80 ? $"'{shown}…'" : $"'{shown}'";
    }

    public static DateTimeOffset? Time(string? text)
        => DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static double Number(string? text, string what)
        => double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? number : throw new MalformedEntryException($"{what} is {Quote(text ?? "")}; it must be a number");

    public static int Whole(string? text, string what)
        => int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign | System.Globalization.NumberStyles.AllowLeadingWhite | System.Globalization.NumberStyles.AllowTrailingWhite,
            System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : throw new MalformedEntryException($"{what} is {Quote(text ?? "")}; it must be a whole number");

    public static string Of(double number) => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
