namespace Vaal.Data.Labels;

/// <summary>A line of an exported table: an image, or one of the parts of it that are to be labelled.</summary>
/// <param name="Place">which part (<see cref="ChosenRegion.In"/>); null: all of the image</param>
internal sealed record TableLine(ExportRow Row, int? Rank, double? Score, string? Reason, string? Place)
{
    /// <summary>One line per region, best first; for rows without regions, one line each.</summary>
    public static IReadOnlyList<TableLine> Of(IReadOnlyList<ExportRow> rows) => rows.Any(r => r.Regions.Count > 0)
        ? [.. from row in rows from region in row.Regions orderby region.Rank
            select new TableLine(row, region.Rank, region.Score, region.Reason, region.In(row.Image))]
        : [.. rows.Select(row => new TableLine(row, row.Rank, row.Score, row.Reason, null))];
}
