namespace Vaal.Reports;

/// <summary>Many small squares in one picture, row by row: a page with thousands of thumbnails loads one
/// image.</summary>
/// <param name="Image">WebP</param>
/// <param name="Tile">side of a square, in pixels</param>
/// <param name="Count">squares; the last row may have fewer than <paramref name="Columns"/></param>
internal sealed record SpriteSheet(byte[] Image, int Tile, int Columns, int Rows, int Count)
{
    /// <summary>Where a tile lies, as CSS wants it for a background of any size.</summary>
    internal string Position(int tile) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Percent(tile % Columns, Columns):0.####}% {Percent(tile / Columns, Rows):0.####}%");

    private static double Percent(int at, int of) => of <= 1 ? 0 : 100.0 * at / (of - 1);
}
