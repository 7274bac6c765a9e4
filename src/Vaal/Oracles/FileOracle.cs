using System.Globalization;
using System.IO.Compression;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Oracles;

/// <summary>Answers as real people did, from a CSV file (.gz or plain) such as CIFAR-10N (Wei et al., ICLR 2022). The
/// column <c>index</c> is the image's number in the pool; each annotator has a column of classes. A column
/// <c>clean</c>, if there is one, must hold the true classes.</summary>
internal sealed class FileOracle : IOracle
{
    private const string Index = "index", Clean = "clean";
    private readonly int[] _labels;

    /// <param name="column">whose labels</param>
    /// <param name="classes">K</param>
    /// <exception cref="InputException">the file or the column is missing, an image has no label in it, a class is out
    /// of range, or the file belongs to other images</exception>
    public FileOracle(string path, string column, ImageSet images, int classes)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!File.Exists(path))
            throw new InputException($"no file {path}; expected a CSV file with columns {Index} and {column}");
        _labels = [.. Enumerable.Repeat(-1, images.Count)];
        try
        {
            using var file = RegularFile.OpenRead(path);
            using var text = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(file, CompressionMode.Decompress)
                : file);
            Read(text.ReadToEnd(), path, column, images, classes);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path} is damaged: {e.Message}", e);
        }
        if (Array.IndexOf(_labels, -1) is var missing and >= 0)
            throw new InputException($"{path} has no label for image {missing} of {images.Count}");
    }

    public int Label(int id) => _labels[id];

    private void Read(string text, string path, string column, ImageSet images, int classes)
    {
        var table = CsvTable.Of(path, text);
        if (table.First.Length == 0)
            throw new InputException($"{path} is empty; expected a CSV file with columns {Index} and {column}");
        var (number, person, truth) = (table.Required(Index), table.Required(column), table.Column(Clean));
        foreach (var row in table.Body())
        {
            var where = $"{path}, {row.Where}";
            if (row.Problem is not null) throw new InputException($"{where}: {row.Problem}");
            var (id, label) = (Number(row, number, where), Number(row, person, where));
            if (id >= images.Count) continue;                                        // of a batch that is not here
            if (label >= classes) throw new InputException($"{where}: class {label}; it must be 0..{classes - 1}");
            if (truth >= 0 && Number(row, truth, where) is var clean && clean != images.Classes[id])
                throw new InputException($"{where}: the true class of image {id} is {clean}; here it is "
                    + $"{images.Classes[id]}, so the file belongs to other images");
            if (_labels[id] >= 0) throw new InputException($"{where}: image {id} has a label already");
            _labels[id] = label;
        }

        int Number(CsvRow row, int at, string where)
            => int.TryParse(row[at], NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
                : throw new InputException($"{where}: {table.First[at]} is '{row[at]}'; expected a number");
    }
}
