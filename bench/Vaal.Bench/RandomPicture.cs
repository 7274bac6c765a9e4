using System.Text;

namespace Vaal.Bench;

/// <summary>Pictures that no other picture is like, for runs that are killed.</summary>
internal static class RandomPicture
{
    /// <summary>Writes a BMP file of 28×28 random pixels: small enough for a workspace without an encoder.</summary>
    public static void Write(string path, Random random)
    {
        var pixels = new byte[28 * 28 * 3];
        random.NextBytes(pixels);
        int[] header = [54 + pixels.Length, 0, 54, 40, 28, 28, 24 << 16 | 1, 0, pixels.Length, 2835, 2835, 0, 0];
        using var file = new BinaryWriter(File.Create(path), Encoding.ASCII);
        file.Write("BM"u8);
        foreach (var field in header) file.Write(field);
        file.Write(pixels);
    }
}
