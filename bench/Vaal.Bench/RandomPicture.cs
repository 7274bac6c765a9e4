using System.Text;

namespace Vaal.Bench;

/// <summary>Pictures that no other picture is like, for runs that are killed.</summary>
internal static class RandomPicture
{
    /// <summary>Writes a BMP file of 32×32 random pixels.</summary>
    public static void Write(string path, Random random)
    {
        var pixels = new byte[32 * 32 * 3];
        random.NextBytes(pixels);
        int[] header = [54 + pixels.Length, 0, 54, 40, 32, 32, 24 << 16 | 1, 0, pixels.Length, 2835, 2835, 0, 0];
        using var file = new BinaryWriter(File.Create(path), Encoding.ASCII);
        file.Write("BM"u8);
        foreach (var field in header) file.Write(field);
        file.Write(pixels);
    }
}
