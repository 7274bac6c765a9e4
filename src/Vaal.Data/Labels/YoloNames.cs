using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vaal.Data.Labels;

/// <summary>What the classes of a YOLO data set are called, and how many key points its lines have.</summary>
/// <param name="Classes">by number</param>
/// <param name="KeyPoints">numbers of key points behind a box in each line; 0: there are none</param>
/// <param name="Points">key points of an object</param>
internal sealed record YoloNames(IReadOnlyDictionary<int, string> Classes, int KeyPoints = 0, int Points = 0)
{
    /// <summary>Where the names stand.</summary>
    public string Source { get; private init; } = "";

    /// <summary>The first number that has another name there; null: there is none.</summary>
    public int? Contradiction(YoloNames other) => Classes
        .Where(c => other.Classes.GetValueOrDefault(c.Key, c.Value) != c.Value)
        .Select(c => (int?)c.Key).Order().FirstOrDefault();

    private const int MostClasses = 100_000;
    private static readonly string[] _lists = ["obj.names", "classes.txt", "_darknet.labels"];
    private static readonly string[] _yamls = ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"];

    /// <summary>What names the classes, for messages.</summary>
    public const string Wanted = "data.yaml or classes.txt";

    /// <summary>Whether a text file is such a list, and no file of labels.</summary>
    public static bool IsList(string file)
        => Path.GetFileName(file).ToLowerInvariant() is "classes.txt" or "_classes.txt";

    /// <summary>The file in a folder that names classes; null: there is none.</summary>
    /// <exception cref="InputException">two YAML files name different classes</exception>
    public static string? FileIn(string folder, ImportContext context)
    {
        if (!Directory.Exists(folder)) return null;
        if (Known(folder, _yamls) is { } usual) return usual;
        string[] others =
        [
            .. Directory.EnumerateFiles(folder, "*.y*ml").Where(f => !Path.GetFileName(f).StartsWith('.')
                && RegularFile.Length(f) is > 0 and < 1 << 20 && HasNames(f, context)).Order(StringComparer.Ordinal),
        ];
        if (others.Length > 1 && others.Select(f => string.Join('\n', Read(f, context).Classes.Values)).Distinct()
            .Count() > 1)
            throw new InputException(
                $"{string.Join(", ", others.Select(f => Path.GetFileName(f)))} name different classes; keep one of "
                    + $"them in '{folder}'");
        return others.FirstOrDefault() ?? Known(folder, _lists)
            ?? Directory.EnumerateFiles(folder, "*.names").Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>All files of the usual names in a folder.</summary>
    public static IEnumerable<string> UsualIn(string folder) =>
        _yamls.Concat(_lists).Select(n => Path.Combine(folder, n)).Where(File.Exists);

    /// <exception cref="InputException">it names no class, or one twice, or is no YAML</exception>
    public static YoloNames Read(string file, ImportContext context)
    {
        var text = Sources.Utf8(file, context);
        var names = Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml"
            ? OfYaml(text, Path.GetFileName(file))
            : OfLines(text.TrimEnd().Split('\n'), Path.GetFileName(file));
        return names.Classes.Count > 0 ? names with { Source = file }
            : throw new InputException($"{Path.GetFileName(file)} names no class");
    }

    // the place of a line is the number of its class: what follows a blank line would be another class
    private static YoloNames OfLines(string[] lines, string name)
    {
        if (lines is [""]) return new(new Dictionary<int, string>());
        if (Array.FindIndex(lines, string.IsNullOrWhiteSpace) is var blank and >= 0)
            throw new InputException($"{name}, line {blank + 1}: expected the name of class {blank}, found a blank "
                + "line; delete the line or name the class");
        return new(lines.Index().ToDictionary(l => l.Index, l => l.Item.Trim()));
    }

    private static string? Known(string folder, string[] names)
        => names.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);

    private static bool HasNames(string file, ImportContext context)
    {
        try
        {
            return Read(file, context).Classes.Count > 0;
        }
        catch (InputException)
        {
            return false;                                                            // of something else
        }
    }

    /// <summary>Event by event, so that neither nesting nor aliases take more than their own length.</summary>
    private static YoloNames OfYaml(string text, string name)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out _))
                return new(new Dictionary<int, string>());
            var (classes, stated, shape, seen) =
                (new Dictionary<int, string>(), (int?)null, Array.Empty<string>(), new HashSet<string>());
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.TryConsume<Scalar>(out var scalar)
                    ? scalar.Value : throw Wrong(name, parser, "expected a key");
                if (!seen.Add(key)) throw Wrong(name, parser, $"the key {Text.Quote(key)} stands there twice");
                if (key == "names") classes = Names(parser, name);
                else if (key == "nc")
                    stated = parser.TryConsume<Scalar>(out var count)
                        && int.TryParse(count.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                        ? n : Skipped(parser);
                else if (key == "kpt_shape" && parser.Accept<SequenceStart>(out _)) shape = [.. Items(parser, name)];
                else parser.SkipThisAndNestedEvents();
            }
            if (stated is { } wanted && classes.Count > 0 && wanted != classes.Count)
                throw new InputException(
                    $"{name} states {Counted.Of(wanted, "class", "classes")} and names {classes.Count}");
            int[] numbers = [.. shape.Select(
                s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)];
            return numbers is [> 0 and < 1000, 2 or 3]
                ? new(classes, numbers[0] * numbers[1], numbers[0]) : new(classes);
        }
        catch (YamlException e)
        {
            throw new InputException($"{name} is not valid YAML at line {e.Start.Line}: {Text.Quote(e.Message)}", e);
        }
    }

    private static int? Skipped(IParser parser)
    {
        if (!parser.Accept<MappingEnd>(out _) && !parser.Accept<Scalar>(out _)) parser.SkipThisAndNestedEvents();
        return null;
    }

    private static Dictionary<int, string> Names(IParser parser, string name)
    {
        var names = new Dictionary<int, string>();
        if (parser.TryConsume<MappingStart>(out _))
        {
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out var key)
                    || !int.TryParse(key.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    throw Wrong(name, parser, "expected the number of a class");
                if (!names.TryAdd(number, Name(parser, name)))
                    throw Wrong(name, parser, $"class {number} has two names");
                if (names.Count > MostClasses) throw Wrong(name, parser, $"more than {MostClasses:N0} classes");
            }
            return names;
        }
        if (parser.Accept<SequenceStart>(out _))
            foreach (var item in Items(parser, name)) names[names.Count] = item;
        else parser.SkipThisAndNestedEvents();
        return names;
    }

    private static IEnumerable<string> Items(IParser parser, string name)
    {
        parser.Consume<SequenceStart>();
        for (var count = 0; !parser.TryConsume<SequenceEnd>(out _); count++)
            yield return count < MostClasses
                ? Name(parser, name) : throw Wrong(name, parser, $"more than {MostClasses:N0} classes");
    }

    private static string Name(IParser parser, string name)
        => parser.TryConsume<Scalar>(out var scalar) && Text.NullIfEmpty(scalar.Value)?.Trim() is { } text
            && Text.FitsClass(text) ? text : throw Wrong(name, parser, "expected the name of a class");

    private static InputException Wrong(string name, IParser parser, string problem)
        => new($"{name}, line {parser.Current?.Start.Line}: {problem}");
}
