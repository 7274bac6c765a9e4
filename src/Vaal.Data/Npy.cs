using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Vaal.Data;

/// <summary>
/// One table of numbers as NumPy saves it (.npy, versions 1 to 3; numpy.lib.format): a magic string, the version, the
/// header's length, the header (a Python dictionary: descr, fortran_order, shape), then the numbers.
/// </summary>
internal static class Npy
{
    private const string Wanted = "expected a table of float16, float32 or float64, "
        + "a row for each image, as numpy.save writes it";
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    private const string Pool = "the pool",
        InThePool = "; expected a row for each, and the pool does not hold the test images";

    private static readonly int Most = Array.MaxLength / 8;

    /// <summary>What one row is given to.</summary>
    public delegate void Row(int number, ReadOnlySpan<float> values);

    /// <param name="rows">that the table must have</param>
    /// <returns>row after row; float64 is rounded to float32, and may so become infinite</returns>
    /// <exception cref="InputException">there is no such file, or it holds something else</exception>
    public static (float[] Values, int Columns) Read(string path, int rows)
    {
        var (values, columns) = (Array.Empty<float>(), 0);
        Each(path, rows, Pool, (r, row) =>
        {
            if (r == 0) (values, columns) = (new float[rows * row.Length], row.Length);
            row.CopyTo(values.AsSpan(r * row.Length));
        });
        return (values, columns);
    }

    /// <summary>The same, one row at a time.</summary>
    /// <param name="rows">that the table must have</param>
    /// <param name="of">what has so many rows, for the message</param>
    /// <exception cref="InputException">there is no such file, or it holds something else</exception>
    public static void Each(string path, int rows, string of, Row give)
    {
        if (!File.Exists(path)) throw new InputException($"no file {path}; {Wanted}");
        RegularFile.Info(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        var (type, columns) = Header(file, path, rows, of);
        var width = type[^1] - '0';
        var (promised, found) = ((long)rows * columns * width, file.Length - file.Position);
        if (promised != found)
            throw new InputException($"{path} is {(found < promised ? "cut short" : "damaged")}: "
                + $"its header says {promised} bytes of numbers, and {found} follow it");
        var (values, row) = (new float[columns], new byte[columns * width]);
        for (var r = 0; r < rows; r++)
        {
            file.ReadExactly(row);
            for (var c = 0; c < columns; c++) values[c] = Number(row.AsSpan(c * width, width));
            give(r, values);
        }
    }

    private static float Number(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        2 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        4 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static (string Type, int Columns) Header(FileStream file, string path, int rows, string of)
    {
        var header = Text(file, path);
        var type = Value("descr", @"'([^']*)'|(\[.*?\])");
        var fortran = Value("fortran_order", "(True|False)");
        var shape = Value("shape", @"\(([^)]*)\)");
        if (type is ">f2" or ">f4" or ">f8")
            throw new InputException(
                $"{path} has its numbers big end first ('{type}'); expected little end first ('<{type[1..]}')");
        if (type is not ("<f2" or "<f4" or "<f8")) throw new InputException(
            $"{path} has numbers of type '{type}'; {Wanted}");
        if (fortran == "True")
            throw new InputException(
                $"{path} has its numbers column by column (fortran_order); expected row by row: " +
                $"numpy.ascontiguousarray before saving");
        long[] sizes =
            [.. shape.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Size)];
        if (sizes.Length != 2 || sizes[1] < 1) throw new InputException($"{path} has the shape ({shape}); {Wanted}");
        if (sizes[0] != rows)
            throw new InputException(
                $"{path} has {Counted.Of(sizes[0], "row")}, and {of} has {Counted.Of(rows, "image")}"
                + (of == Pool ? InThePool : "; expected a row for each"));
        // the pool's are read into one array, others row by row
        if (sizes[1] > Most || (of == Pool && rows * sizes[1] > Most))
            throw new InputException($"{path} has the shape ({shape}); expected at most {Most} numbers");
        return (type, (int)sizes[1]);

        string Value(string key, string pattern) =>
            Regex.Match(header, $"'{key}'\\s*:\\s*(?:{pattern})") is { Success: true } found
            ? string.Concat(found.Groups.Values.Skip(1).Select(g => g.Value))
            : throw new InputException(
                $"{path} is damaged: its header has no {key}: {(header.Length > 100 ? header[..100] + "…" : header)}");

        long Size(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw new InputException($"{path} is damaged: it has the shape ({shape})");
    }

    private static string Text(FileStream file, string path)
    {
        var start = new byte[12];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (!start.AsSpan(0, Math.Min(read, Magic.Length)).SequenceEqual(Magic))
            throw new InputException($"{path} is not a .npy file; {Wanted}");
        if (read < start.Length) throw new InputException($"{path} is cut short: it has {read} bytes");
        var version = start[6];
        if (version is not (1 or 2 or 3))
            throw new InputException($"{path} has version {version} of the format; expected 1, 2 or 3");
        var length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8))
            : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        file.Position = version == 1 ? 10 : 12;
        if (length > file.Length - file.Position)
            throw new InputException(
                $"{path} is cut short: its header has {length} bytes, and the file has {file.Length}");
        if (length > 1 << 16) throw new InputException($"{path} has a header of {length} bytes; {Wanted}");
        var header = new byte[length];
        file.ReadExactly(header);
        return Encoding.Latin1.GetString(header).Replace('"', '\'').Trim();
    }
}
