using System.Globalization;
using Vaal.Data.Labels;

namespace Vaal.Data.Formats;

/// <summary>
/// <c>classes.csv</c>, which says what the ids in masks mean: columns <c>id</c> (0..255) and <c>name</c>; <c>red</c>, <c>green</c> and <c>blue</c> where masks
/// are in colours. What is named <c>ignore</c> has no class, nor has 255.
/// </summary>
internal static class MaskClasses
{
    public const string FileName = "classes.csv";
    private const string Nothing = "ignore";
    private static readonly string[] _colours = ["red", "green", "blue"];

    /// <returns>the classes in the order of their ids, and what each id means</returns>
    /// <exception cref="InputException">it is no such table; the message has the line</exception>
    public static (string[] Names, MaskIds Ids) Read(string file)
    {
        var rows = new List<(int Id, string Name)>();
        var colours = new Dictionary<int, byte>();
        string[]? header = null;
        foreach (var (line, cells, problem) in CsvText.Rows(Text(file), ','))
        {
            if (problem is not null) throw new InputException($"{file}, line {line}: {problem}");
            if (header is null)
            {
                header = [.. cells.Select(c => c.Trim().ToLowerInvariant())];
                if (!header.Contains("id") || !header.Contains("name")) throw new InputException($"{file} has the columns {string.Join(", ", header)}; id and name are wanted");
                continue;
            }
            var (id, name) = (Number("id"), cells.ElementAtOrDefault(Array.IndexOf(header, "name"))?.Trim() is { } text ? Csv.Unguard(text) : "");
            if (name.Length == 0) throw new InputException($"{file}, line {line}: class {id} has no name");
            if (rows.Exists(r => r.Id == id)) throw new InputException($"{file}, line {line}: id {id} stands there twice");
            if (!name.Equals(Nothing, StringComparison.OrdinalIgnoreCase) && rows.Exists(r => r.Name == name)) throw new InputException($"{file}, line {line}: a class named '{name}' is there already");
            rows.Add((id, name));
            if (Array.TrueForAll(_colours, header.Contains) && !colours.TryAdd(_colours.Aggregate(0, (colour, c) => colour << 8 | Number(c)), (byte)id))
                throw new InputException($"{file}, line {line}: the colour of class {id} is another's already");

            int Number(string column) => int.TryParse(cells.ElementAtOrDefault(Array.IndexOf(header, column)), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) && number <= 255
                ? number : throw new InputException($"{file}, line {line}: {column} is '{cells.ElementAtOrDefault(Array.IndexOf(header, column))}'; it must be 0..255");
        }
        rows.Sort();
        var classes = rows.FindAll(r => !r.Name.Equals(Nothing, StringComparison.OrdinalIgnoreCase) && r.Id != ImageSet.Ignore);
        if (classes.Count == 0) throw new InputException($"{file} names no class");
        return ([.. classes.Select(c => c.Name)], new(rows.Select(r => (r.Id, classes.FindIndex(c => c.Id == r.Id) is var c and >= 0 ? c : ImageSet.Ignore)).Append((ImageSet.Ignore, ImageSet.Ignore)), colours));
    }

    private static string Text(string file)
    {
        try
        {
            using var reader = new StreamReader(file, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (System.Text.DecoderFallbackException)
        {
            throw new InputException($"{file} is not in UTF-8");
        }
    }

    /// <summary>A table of these classes, numbered from 0; at most 255.</summary>
    public static string Write(IReadOnlyList<string> names) =>
        string.Concat(names.Select((name, id) => CsvText.Line([id.ToString(CultureInfo.InvariantCulture), Csv.Guard(name)])).Prepend("id,name\n"));
}
