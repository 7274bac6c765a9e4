namespace Vaal.Data.Labels;

/// <summary>The end of a file's name says what is in it: a table called <c>labels.json</c> would mislead whoever opens
/// it.</summary>
internal static class FileEnding
{
    private static readonly string[] _known =
        [".csv", ".tsv", ".parquet", ".json", ".jsonl", ".xml", ".zip", ".xlsx", ".xls", ".ods"];

    /// <summary>Endings that say nothing of these, such as <c>.txt</c>, are accepted.</summary>
    /// <param name="format">the format's name</param>
    /// <param name="ending">of its files, with the dot; empty: it makes a folder</param>
    /// <exception cref="InputException">the name ends like another kind of file</exception>
    public static void Check(string path, string format, string ending)
    {
        var given = Path.GetExtension(path).ToLowerInvariant();
        if (given == ending || !_known.Contains(given)) return;
        var wanted = ending.Length == 0 ? "the name of a folder" : $"a name that ends in {ending}";
        throw new InputException($"expected {wanted} for the format {format}, found {path}; change the name, or choose "
            + "another format");
    }
}
