namespace Vaal.Data.Labels;

/// <summary>A table that names the images of a workspace.</summary>
internal static class Manifest
{
    /// <param name="Image">as the table gives it: relative to the table's folder, or absolute</param>
    /// <param name="Class">where the table has a column for it</param>
    /// <param name="Where"><c>line 12</c>, <c>row 7</c></param>
    public sealed record Row(string Image, string? Class, string Where);

    /// <summary>Whether a file can be read as a manifest, by its name.</summary>
    public static bool Recognises(string path)
        => File.Exists(path) && (ParquetTable.Recognises(path) || Csv.Recognises(path));

    /// <summary>The rows of a CSV or Parquet table with a column <c>path</c>.</summary>
    /// <exception cref="InputException">it cannot be read or has no such column</exception>
    public static IReadOnlyList<Row> Read(string path, ImportContext context)
    {
        if (!File.Exists(path)) throw new InputException($"no file '{path}'");
        return Sources.Readable<IReadOnlyList<Row>>(path, () =>
            [.. (ParquetTable.Recognises(path) ? ParquetTable.Manifest(path, context) : Csv.Manifest(path, context))
                .Select(r => new Row(r.Image, r.Class, r.Where))]);
    }
}
