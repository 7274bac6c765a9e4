using Vaal.Data;
using Vaal.Encoders;

namespace Vaal.Tests;

/// <summary>
/// Small pictures of four bands. Each band is bright or dark with some noise; the classes of a picture are its bright
/// bands among the first three.
/// </summary>
internal static class BandImages
{
    public const int Side = 32, Classes = 3;

    public static readonly string[] Names = ["high", "low", "middle"];

    /// <summary>Every set, the empty one among them, in turn.</summary>
    public static int[] SetOf(int id) => [.. Enumerable.Range(0, Classes).Where(k => (id * 5 >> k & 1) == 1)];

    /// <summary>One grey picture; the noise of its number decides how well its bands can be told.</summary>
    public static byte[] Picture(int id)
    {
        var (set, random) = (SetOf(id), new Random(id + 1));
        int[] levels = [.. Enumerable.Range(0, 4).Select(k => (set.Contains(k) ? 140 : 100) + random.Next(-35, 36))];
        return [.. Enumerable.Range(0, Side * Side).Select(i => (byte)(levels[i * 4 / (Side * Side)]))];
    }

    public static ImageSet Set(int from, int count, Func<int, int[]?>? setOf = null) =>
        new([.. Enumerable.Range(from, count).SelectMany(Picture)], 1, Side, Side)
        {
            ClassSets = [.. Enumerable.Range(from, count).Select(setOf ?? SetOf)],
        };

    public static DataSet Data(int pool, int test = 40, Func<int, int[]?>? setOf = null) =>
        new("bands", Set(0, pool, setOf), Set(1_000, test), Names, [], $"{pool} {test}");

    /// <summary>Sees the mean of each band, for <see cref="PretrainedEncoders.Register"/>.</summary>
    internal sealed class Encoder(Action? encoded = null) : IImageEncoder
    {
        public int Size => Side;
        public int FeatureDim => 4;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            encoded?.Invoke();
            const int band = Side * Side / 4;
            for (var i = 0; i < count; i++)
                for (var k = 0; k < 4; k++)
                {
                    var sum = 0f;
                    foreach (var value in images.Slice(i * 3 * Side * Side + k * band, band)) sum += value;
                    features[i * 4 + k] = sum / band / 255;
                }
        }
    }
}
