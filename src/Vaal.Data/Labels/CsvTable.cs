using System.Text;

namespace Vaal.Data.Labels;

/// <summary>A row of a table.</summary>
/// <param name="Line">on which it begins</param>
/// <param name="Problem">what is wrong with it; null: nothing</param>
internal sealed record CsvRow(int Line, string[] Cells, string? Problem)
{
    public string Where => $"line {Line}";

    /// <summary>Cells that had blanks around them, as they stand in the file, by column; null: none had.</summary>
    public IReadOnlyDictionary<int, string>? Untrimmed { get; init; }

    /// <summary>For a message that is about an entry of several rows: names the row, unless it is that entry's
    /// first.</summary>
    public string After(string first) => Where == first ? "" : $"{Where}: ";

    /// <summary>The cell of a column; null: there is none, or it is blank.</summary>
    public string? this[int column] => column >= 0 && column < Cells.Length ? Text.NullIfEmpty(Cells[column]) : null;
}

/// <summary>
/// A CSV or TSV file, read once: comma, semicolon, tab or bar between cells, or what Excel's line <c>sep=;</c> says.
/// The readers of tables share it, so that a header means the same in all of them.
/// </summary>
internal sealed class CsvTable
{
    private const int PeekBytes = 1 << 16;
    private static readonly char[] _delimiters = [',', ';', '\t', '|'];

    private readonly string _text;
    private readonly int _begin;
    private readonly int _firstLine;
    private readonly char _delimiter;

    private CsvTable(string name, string text)
    {
        (Name, _text, _firstLine) = (name, text, 1);
        var start = text.AsSpan().TrimStart("\r\n");
        var first = start.IndexOfAny('\n', '\r') is var end and >= 0 ? start[..end] : start;
        if (first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && first.Trim().Length is 4 or 5)
        {
            _delimiter = first.Length > 4 ? first[4] : '\t';
            _begin = text.Length - start.Length + first.Length;
            _firstLine = 1 + text.AsSpan(0, _begin).Count('\n');
        }
        else _delimiter = MostFrequent(first);
        First = Rows().FirstOrDefault()?.Cells ?? [];
    }

    /// <summary>The file's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The first row: the header, where the table has one.</summary>
    public string[] First { get; }

    /// <exception cref="InputException">it is too large, or no regular file</exception>
    public static CsvTable Open(string path, ImportContext context)
        => new(Path.GetFileName(path), Decode(Sources.Bytes(path, context)));

    /// <param name="name">for messages: the file's name, or its path</param>
    public static CsvTable Of(string name, string text) => new(name, text);

    /// <summary>The beginning of a file, to tell layouts apart; null: its name is none of a table.</summary>
    public static CsvTable? Peek(string path)
        => File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv"
            ? new(Path.GetFileName(path), Decode(Sources.Head(path, PeekBytes))) : null;

    /// <summary>Every row that is not blank, the header too.</summary>
    public IEnumerable<CsvRow> Rows()
    {
        foreach (var (line, cells, problem, untrimmed) in CsvText.Whole(_text[_begin..], _delimiter))
        {
            var notText = cells.Any(c => c.Contains('\uFFFD')) ? "is not valid UTF-8; save the table as UTF-8" : null;
            yield return new(line + _firstLine - 1, [.. cells.Select(Csv.Unguard)], problem ?? notText)
            {
                Untrimmed = untrimmed,
            };
        }
    }

    /// <summary>The rows below the header, each with what is wrong with the number of its cells.</summary>
    public IEnumerable<CsvRow> Body(bool header = true) => Rows().Skip(header ? 1 : 0).Select(Measured);

    /// <summary>
    /// Where the header has one of these names, whatever the case; -1: nowhere. The first names go before.
    /// </summary>
    /// <exception cref="InputException">the header has the name twice</exception>
    public int Column(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            int[] found = [.. First.Index().Where(c => c.Item.Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(c => c.Index)];
            if (found.Length > 1)
                throw new InputException($"{Name} has the column {Text.Quote(name)} twice; expected it once");
            if (found.Length == 1) return found[0];
        }
        return -1;
    }

    /// <summary>Where the header has this name.</summary>
    /// <exception cref="InputException">nowhere</exception>
    public int Required(string name) => Column(name) is var column and >= 0 ? column
        : throw new InputException($"{Name} has no column '{name}'; there are: {string.Join(", ", First)}");

    public bool HasColumns(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (!First.Any(c => c.Trim().Equals(name, StringComparison.OrdinalIgnoreCase))) return false;
        return true;
    }

    /// <summary>The names in the header, for messages.</summary>
    public string Found => string.Join(", ", First.Take(20).Select(Text.Quote));

    // a row in which another separator stands would lose its class without a word, one with a comma too many half of it
    private CsvRow Measured(CsvRow row)
    {
        if (row.Problem is not null || row.Cells.Length == First.Length) return row;
        var extra = row.Cells.Length > First.Length && row.Cells.Skip(First.Length).All(string.IsNullOrWhiteSpace);
        if (extra) return row;
        var other = row.Cells.Length == 1
            ? _delimiters.FirstOrDefault(d => d != _delimiter && row.Cells[0].Contains(d)) : default;
        var hint = other != default ? $"; the row is separated by '{other}'"
            : row.Cells.Length > First.Length ? "; a cell that holds a separator must stand in quotes" : "";
        return row with
        {
            Problem =
            $"has {Counted.Of(row.Cells.Length, "cell")}; expected {First.Length}, as in the first line{hint}"
        };
    }

    /// <summary>In UTF-8, or as the mark of byte order at its beginning says.</summary>
    public static string Decode(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes, writable: false), Encoding.UTF8,
            detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

    private static char MostFrequent(ReadOnlySpan<char> line)
    {
        var best = ',';
        foreach (var delimiter in _delimiters)
            if (line.Count(delimiter) > line.Count(best)) best = delimiter;
        return best;
    }
}
