namespace Vaal.Data;

/// <summary>Image formats that Vaal does not read, by how their files begin. Telephones and scanners make them, so
/// that a person is told what to do.</summary>
internal static class OtherFormats
{
    /// <summary>Why a file that begins like this cannot be used.</summary>
    /// <param name="start">its first 12 bytes, or fewer</param>
    public static string Words(ReadOnlySpan<byte> start) => "not a JPEG, PNG, WebP, BMP or GIF file"
        + (NameOf(start) is { } name ? $", but {name}; convert it to JPEG" : "");

    private static string? NameOf(ReadOnlySpan<byte> start) => start switch
    {
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', .. var brand] => OfBrand(brand),
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "TIFF or a camera's raw format",
        [0, 0, 0, 12, (byte)'j', (byte)'P', ..] or [0xFF, 0x4F, 0xFF, 0x51, ..] => "JPEG 2000",
        [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', ..] or [0xFF, 0x0A, ..] => "JPEG XL",
        [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "Photoshop",
        [0, 0, 1, 0, ..] => "an icon",
        [(byte)'<', (byte)'s', (byte)'v', (byte)'g', ..] => "SVG",
        [(byte)'<', (byte)'?', (byte)'x', (byte)'m', (byte)'l', ..] => "SVG or other XML",
        [0, 0, 2 or 3 or 10 or 11, 0, 0, 0, 0, 0, ..] => "TGA",
        _ => null,
    };

    // ISO base media file format: the brand stands behind the box's name
    private static string? OfBrand(ReadOnlySpan<byte> brand) => brand switch
    {
        [(byte)'a', (byte)'v', (byte)'i', ..] => "AVIF",
        [(byte)'h', (byte)'e', ..] or [(byte)'m', (byte)'i', (byte)'f', ..] or [(byte)'m', (byte)'s', (byte)'f', ..] =>
            "HEIC",
        [(byte)'c', (byte)'r', (byte)'x', ..] => "a camera's raw format",
        _ => null,
    };
}
