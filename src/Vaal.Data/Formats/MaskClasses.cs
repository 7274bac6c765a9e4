using System.Globalization;
using Vaal.Data.Labels;

namespace Vaal.Data.Formats;

/// <summary>
/// <c>classes.csv</c>, which says what the ids in masks mean: columns <c>id</c> (0..255) and <c>name</c>; <c>red</c>,
/// <c>green</c> and <c>blue</c> where masks are in colours. What is named <c>ignore</c> has no class, nor has 255; a
/// class of that id is refused.
/// </summary>
internal static class MaskClasses
{
    public const string FileName = "classes.csv";
    private const string Nothing = "ignore";
    private static readonly string[] _colours = ["red", "green", "blue"];

    private static readonly HashSet<string> _namesOf255 =
        new([Nothing, "void", "unlabeled", "unlabelled"], StringComparer.OrdinalIgnoreCase);

    /// <returns>the classes in the order of their ids, and what each id means</returns>
    /// <exception cref="InputException">it is no such table; the message has the line</exception>
    public static (string[] Names, MaskIds Ids) Read(string file)
    {
        var table = CsvTable.Open(file, ImportContext.Empty);
        // Roboflow calls them Pixel Value and Class
        var (id, name) = (table.Column("id", "pixel value"), table.Column("name", "class"));
        if (id < 0 || name < 0)
            throw new InputException(
                $"{file} has the columns {string.Join(", ", table.First.Select(c => c.Trim().ToLowerInvariant()))}; "
                    + "expected id and name");
        int[] colours = [.. _colours.Select(c => table.Column(c)).Where(c => c >= 0)];
        var (rows, ofColours) = (new List<(int Id, string Name)>(), new Dictionary<int, byte>());
        foreach (var row in table.Body())
        {
            if (row.Problem is not null) throw Wrong(row, row.Problem);
            var (number, text) = (Number(row, id), row[name]?.Trim() ?? "");
            if (text.Length == 0) throw Wrong(row, $"class {number} has no name");
            if (number == ImageSet.Ignore && !_namesOf255.Contains(text))
                throw Wrong(row, $"{number} marks pixels without a class, so '{text}' needs another id");
            if (rows.Exists(r => r.Id == number)) throw Wrong(row, $"id {number} stands there twice");
            if (!IsNothing(text) && rows.Exists(r => r.Name == text))
                throw Wrong(row, $"a class named '{text}' is there already");
            rows.Add((number, text));
            if (colours.Length == 3 && !ofColours.TryAdd(
                colours.Aggregate(0, (colour, c) => colour << 8 | Number(row, c)), (byte)number))
                throw Wrong(row, $"the colour of class {number} is another's already");
        }
        rows.Sort();
        var classes = rows.FindAll(r => !IsNothing(r.Name) && r.Id != ImageSet.Ignore);
        if (classes.Count == 0) throw new InputException($"{file} names no class");
        var ids = rows.Select(r => (r.Id, classes.FindIndex(c => c.Id == r.Id) is var c and >= 0
            ? c : ImageSet.Ignore));
        return ([.. classes.Select(c => c.Name)], new(ids.Append((ImageSet.Ignore, ImageSet.Ignore)), ofColours));

        InputException Wrong(CsvRow row, string problem) => new($"{file}, {row.Where}: {problem}");

        int Number(CsvRow row, int column)
        {
            const NumberStyles style = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
            return int.TryParse(row[column], style, CultureInfo.InvariantCulture, out var number) && number <= 255
                ? number : throw Wrong(row,
                    $"{table.First[column].Trim().ToLowerInvariant()} is '{row[column]}'; it must be 0..255");
        }
    }

    private static bool IsNothing(string name) => name.Equals(Nothing, StringComparison.OrdinalIgnoreCase);

    /// <summary>A table of these classes, numbered from 0; at most 255.</summary>
    public static string Write(IReadOnlyList<string> names) =>
        string.Concat(names.Select(
            (name, id) => CsvText.Line([id.ToString(CultureInfo.InvariantCulture), Csv.Guard(name)]))
            .Prepend("id,name\n"));
}
