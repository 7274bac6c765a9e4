using System.Globalization;
using Vaal.Interop;

namespace Vaal.Data;

/// <summary>
/// <c>images/</c> with masks of the same names in <c>masks/</c> (PNG), with or without <c>train</c> and <c>test</c> (or <c>val</c>) below, and <c>classes.csv</c>: columns
/// <c>id</c> (0..255) and <c>name</c>; <c>red</c>, <c>green</c> and <c>blue</c> where masks are in colours. Classes are numbered in the order of their ids;
/// what is named <c>ignore</c> has no class, nor has 255.
/// </summary>
internal sealed class ImageMaskFolder : IDataFormat
{
    private const string Table = "classes.csv", Images = "images/", Nothing = "ignore";
    private static readonly string[] _colours = ["red", "green", "blue"];
    private static readonly string[] _testFolders = ["images/test/", "images/val/"];

    public string Description => "images/ and masks/ of the same names, classes.csv";

    public bool Recognises(string path) => Directory.Exists(Path.Combine(path, "images")) && Directory.Exists(Path.Combine(path, "masks")) && File.Exists(Path.Combine(path, Table));

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        if (!Recognises(path)) throw new InputException($"the folder {path} holds no images with masks; wanted are the folders images and masks, and {Table}");
        var images = files.FindAll(f => f.Path.StartsWith(Images, StringComparison.Ordinal));
        var test = images.Exists(f => f.Path.StartsWith("images/train/", StringComparison.Ordinal)) ? Array.Find(_testFolders, t => images.Exists(f => f.Path.StartsWith(t, StringComparison.Ordinal))) : null;
        if (test is not null && images.RemoveAll(f => !f.Path.StartsWith("images/train/", StringComparison.Ordinal) && !f.Path.StartsWith(test, StringComparison.Ordinal)) is var others and > 0)
            notes.Add($"{others:N0} images outside images/train/ and {test} are not used");
        var (names, ids) = Classes(Path.Combine(path, Table));
        return MaskFolder.Load(ImageFolder.NameOf(path), path, images, image => Path.ChangeExtension($"masks/{image[Images.Length..]}", ".png"),
            p => test is not null && p.StartsWith(test, StringComparison.Ordinal), names, ids, notes, options);
    }

    private static (string[] Names, MaskIds Ids) Classes(string file)
    {
        var rows = new List<(int Id, string Name)>();
        var colours = new Dictionary<int, byte>();
        string[]? header = null;
        foreach (var (line, cells, problem) in CsvText.Rows(File.ReadAllText(file), ','))
        {
            if (problem is not null) throw new InputException($"{file}, line {line}: {problem}");
            if (header is null)
            {
                header = [.. cells.Select(c => c.Trim().ToLowerInvariant())];
                if (!header.Contains("id") || !header.Contains("name")) throw new InputException($"{file} has the columns {string.Join(", ", header)}; id and name are wanted");
                continue;
            }
            var (id, name) = (Number("id"), cells.ElementAtOrDefault(Array.IndexOf(header, "name"))?.Trim() ?? "");
            if (name.Length == 0) throw new InputException($"{file}, line {line}: class {id} has no name");
            if (rows.Exists(r => r.Id == id)) throw new InputException($"{file}, line {line}: id {id} stands there twice");
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
}
