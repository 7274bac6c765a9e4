namespace Vaal.Tests;

/// <summary>Small pictures that a perceptual hash can tell apart: 8×8 blocks of random grey, 64×64 pixels.</summary>
internal static class Pictures
{
    /// <param name="brighter">added to every pixel: another file, other pixels, the same picture to the eye</param>
    public static byte[] Random(int seed, int brighter = 0) => TestImages.Grey(64, 64, Value(seed, brighter));

    /// <summary>The same pixels in another file.</summary>
    public static byte[] SamePixels(int seed) =>
        TestImages.Png(64, 64, 8, 0, (x, y) => [(byte)Value(seed, 0)(x, y)], ("tEXt", "Comment\0x"u8.ToArray()));

    private static Func<int, int, int> Value(int seed, int brighter)
    {
        var random = new Random(seed);
        int[] blocks = [.. Enumerable.Range(0, 64).Select(_ => random.Next(20, 220))];
        return (x, y) => blocks[y / 8 * 8 + x / 8] + brighter;
    }
}
