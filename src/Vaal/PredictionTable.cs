using System.Globalization;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Vaal.Data.Labels;

namespace Vaal;

/// <summary>Predictions as a table: path, class, its probability, and the probability of every class.</summary>
internal static class PredictionTable
{
    private const int MostHeader = 1 << 20;
    private static readonly string[] _columns = ["path", "predicted", "probability"];

    /// <summary><c>csv</c>, <c>json</c>, <c>parquet</c>.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["csv", "json", "parquet"];

    /// <summary>The format that a file's name asks for; <c>csv</c> where it asks for none.</summary>
    public static string FormatOf(string? path) =>
        Path.GetExtension(path)?.TrimStart('.').ToLowerInvariant() is { } end && Formats.Contains(end) ? end : "csv";

    /// <summary>Writes a file, whole or not at all. Images that cannot be used are left out. Another file of that name
    /// is replaced if it is such a table.</summary>
    /// <returns>how many images the table holds, and the others</returns>
    /// <exception cref="InputException">there is no such format, the name ends like another, or the path is not
    /// free</exception>
    public static (int Images, IReadOnlyList<Prediction> LeftOut) Save(string path, string format,
        IReadOnlyList<string> classes, IEnumerable<Prediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(format);
        if (!Formats.Contains(format)) throw NoSuch(format);
        FileEnding.Check(path, format, "." + format);
        if (Directory.Exists(path)) throw new InputException($"expected the name of a file, found the folder {path}");
        if (File.Exists(path) && !IsOne(path, format))
            throw new InputException(
                $"{path} exists and is not a {format} table of predictions by vaal; choose another file");
        var result = (0, (IReadOnlyList<Prediction>)[]);
        AtomicFile.Create(Path.GetFullPath(path), stream => result = Write(stream, format, classes, predictions));
        return result;
    }

    /// <summary>The same into a stream.</summary>
    /// <exception cref="InputException">there is no such format</exception>
    public static (int Images, IReadOnlyList<Prediction> LeftOut) Write(Stream stream, string format,
        IReadOnlyList<string> classes, IEnumerable<Prediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(predictions);
        var (images, left) = (0, new List<Prediction>());
        var usable = predictions.Where(p =>
        {
            if (p.Class is null) left.Add(p);
            else images++;
            return p.Class is not null;
        });
        switch (format)
        {
            case "csv": WriteCsv(stream, classes, usable); break;
            case "json": WriteJson(stream, classes, usable); break;
            case "parquet": WriteParquetAsync(stream, classes, [.. usable]).GetAwaiter().GetResult(); break;
            default: throw NoSuch(format);
        }
        return (images, left);
    }

    private static InputException NoSuch(string format) =>
        new($"expected a format of {string.Join(", ", Formats)}, found '{format}'");

    private static void WriteCsv(Stream stream, IReadOnlyList<string> classes, IEnumerable<Prediction> predictions)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        writer.Write(CsvText.Line([.. _columns, .. classes.Select(ColumnOf)]));
        foreach (var p in predictions)
            writer.Write(CsvText.Line([Csv.Guard(p.Path), Csv.Guard(p.Class), Number(p.Probability),
                .. p.Probabilities.Select(Number)]));
    }

    private static void WriteJson(Stream stream, IReadOnlyList<string> classes, IEnumerable<Prediction> predictions)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartArray();
        foreach (var p in predictions)
        {
            json.WriteStartObject();
            json.WriteString("path", p.Path);
            if (p.Classes is null) json.WriteString("predicted", p.Class);
            else
            {
                json.WriteStartArray("predicted");
                foreach (var name in p.Classes) json.WriteStringValue(name);
                json.WriteEndArray();
            }
            json.WriteNumber("probability", Rounded(p.Probability));
            json.WriteStartObject("probabilities");
            for (var k = 0; k < classes.Count; k++) json.WriteNumber(classes[k], Rounded(p.Probabilities[k]));
            json.WriteEndObject();
            json.WriteEndObject();
            if (json.BytesPending > 1 << 16) json.Flush();
        }
        json.WriteEndArray();
    }

    private static async Task WriteParquetAsync(Stream stream, IReadOnlyList<string> classes,
        List<Prediction> predictions)
    {
        var (paths, best) = (new DataField<string>("path"), new DataField<string>("predicted"));
        var probability = new DataField<double>("probability");
        DataField<double>[] each = [.. classes.Select(c => new DataField<double>(ColumnOf(c)))];
        await using var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema((Field[])[paths, best, probability, .. each]), stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(paths, predictions.Select(p => p.Path).ToArray());
        await group.WriteAsync(best, predictions.Select(p => p.Class!).ToArray());
        await group.WriteAsync<double>(probability, predictions.Select(p => p.Probability).ToArray());
        for (var k = 0; k < each.Length; k++)
            await group.WriteAsync<double>(each[k], predictions.Select(p => p.Probabilities[k]).ToArray());
    }

    // an empty file holds nothing that could be lost
    private static bool IsOne(string path, string format)
    {
        using var file = RegularFile.OpenRead(path);
        if (file.Length == 0) return true;
        if (format == "parquet") return IsParquetAsync(file).GetAwaiter().GetResult();
        var start = new byte[(int)Math.Min(file.Length, MostHeader)];
        file.ReadExactly(start);
        return format == "csv" ? IsCsv(Encoding.UTF8.GetString(start)) : IsJson(start);
    }

    // a spreadsheet that saved it would have changed its line breaks or quotes
    private static bool IsCsv(string start)
    {
        var cells = CsvText.Rows(start, ',').Select(r => r.Cells).FirstOrDefault() ?? [];
        return AreOurs(cells) && start.StartsWith(CsvText.Line(cells), StringComparison.Ordinal);
    }

    private static bool IsJson(ReadOnlySpan<byte> start)
    {
        if (start.SequenceEqual("[]"u8)) return true;
        if (!start.StartsWith("[{\"path\":"u8)) return false;
        var json = new Utf8JsonReader(start, isFinalBlock: false, default);
        var names = new List<string?>();
        try
        {
            // the first image says what all of them have
            while (json.Read() && (json.TokenType != JsonTokenType.EndObject || json.CurrentDepth > 1))
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 2) names.Add(json.GetString());
        }
        catch (JsonException)
        {
            return false;
        }
        return names.SequenceEqual([.. _columns, "probabilities"]);
    }

    private static async Task<bool> IsParquetAsync(Stream stream)
    {
        try
        {
            await using var reader = await ParquetReader.CreateAsync(stream);
            return AreOurs([.. reader.Schema.DataFields.Select(f => f.Name)]);
        }
        // what is no such file may break the parser anywhere
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false;
        }
    }

    // whoever adds a column of labels makes the table theirs
    private static bool AreOurs(string[] columns) => columns.Length > _columns.Length
        && columns.AsSpan(0, _columns.Length).SequenceEqual(_columns)
        && columns.Skip(_columns.Length).All(c => c.StartsWith("p_", StringComparison.Ordinal));

    // so that a class called path has a column of its own
    private static string ColumnOf(string name) => $"p_{name}";

    private static double Rounded(double p) => Math.Round(p, 6);

    private static string Number(double p) => p.ToString("0.000000", CultureInfo.InvariantCulture);
}
