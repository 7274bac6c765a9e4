using System.Numerics;
using CsCheck;
using SkiaSharp;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

public class NearDuplicatesTests
{
    [Fact]
    public void Groups_AnyHashes_AreWhatComparingAllPairsGives() =>
        Gen.Select(Gen.Int[0, NearDuplicates.MostBits], Gen.Int[0, 60], Gen.Int).Sample((bits, count, seed) =>
    {
        var random = new Random(seed);
        var hashes = new List<ulong>();
        for (var i = 0; i < count; i++)
        {
            var hash = hashes.Count > 0 && random.Next(3) > 0
                ? hashes[random.Next(hashes.Count)]
                : (ulong)random.NextInt64();
            for (var flips = random.Next(bits + 3); flips > 0; flips--) hash ^= 1UL << random.Next(64);
            hashes.Add(hash);
        }
        Assert.Equal(AllPairs(hashes, bits), NearDuplicates.Groups([.. hashes], bits));
    }, iter: 300);

    [Fact]
    public void Groups_HandWorked_ChainsJoin()
    {
        // 0 and 3 differ in 2 bits, 3 and 15 in 2, 0 and 15 in 4; the last is alone
        Assert.Equal([0, 0, 0, -1], NearDuplicates.Groups([0b0000, 0b0011, 0b1111, ulong.MaxValue], 2));
        Assert.Equal([-1, -1, -1, -1], NearDuplicates.Groups([0b0000, 0b0011, 0b1111, ulong.MaxValue], 1));
        Assert.Equal([0, -1, 0], NearDuplicates.Groups([5, 6, 5], 0));
    }

    [Fact]
    public void PerceptualHash_HalfBlackHalfWhite_HasTheSignsOfItsFrequencies()
    {
        // left half 0, right half 200: only horizontal frequencies, cos(π u (2x+1)/64) summed over x ≥ 16 is
        // negative for u = 1, 5, positive for u = 3, 7, zero for even u > 0; the median of the 63 is 0
        var grey = Enumerable.Range(0, 32 * 32).Select(i => i % 32 < 16 ? 0f : 200f).ToArray();
        var hash = PerceptualHash.OfGrey(grey)!.Value;
        Assert.Equal((0UL, 1UL), (hash >> 1 & 1, hash >> 3 & 1));
        Assert.Equal((0UL, 1UL), (hash >> 5 & 1, hash >> 7 & 1));
    }

    [Fact]
    public void PerceptualHash_NothingToSee_IsNone()
    {
        var flat = Enumerable.Repeat((byte)77, 64 * 64).ToArray();
        Assert.Null(PerceptualHash.Of(flat, 1, 64, Fit.Crop, 64, 64));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    public void PerceptualHash_RecompressedSmallerBrighter_DiffersInFewBits(int size)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        var (a, b, c) = (random.NextSingle(), random.NextSingle(), random.NextSingle());
        SKColor At(float x, float y, int brighter) =>
            new(Level(MathF.Sin(7 * x + 9 * a) + MathF.Cos(11 * y * b), brighter),
                Level(MathF.Sin(13 * x * y + c), brighter), Level(MathF.Cos(5 * x - 6 * y), brighter));
        ulong Hash(int width, int height, int quality, int brighter)
        {
            var path = folder.Write(
                "p.jpg", TestImages.Jpeg(
                    width, height, (x, y) => At((float)x / width, (float)y / height, brighter), quality));
            var pixels = new byte[3 * size * size];
            Assert.Null(ImageDecoder.Decode(path, pixels, new LoadOptions { Size = size }).Problem);
            return PerceptualHash.Of(pixels, 3, size, Fit.Crop, width, height)!.Value;
        }
        var original = Hash(600, 400, 95, 0);
        Assert.InRange(BitOperations.PopCount(original ^ Hash(600, 400, 40, 0)), 0, 4);
        Assert.InRange(BitOperations.PopCount(original ^ Hash(300, 200, 90, 0)), 0, 4);
        Assert.InRange(BitOperations.PopCount(original ^ Hash(600, 400, 90, 25)), 0, 4);
    }

    [Fact]
    public void PerceptualHash_LetterBox_LooksOnlyAtThePicture()
    {
        // the same picture with and without bars
        var bars = new byte[64 * 64];
        var square = new byte[64 * 64];
        for (var y = 0; y < 64; y++)
            for (var x = 0; x < 64; x++)
            {
                square[y * 64 + x] = (byte)(x * 3 ^ y / 2 * 2);
                if (y is >= 16 and < 48) bars[y * 64 + x] = (byte)(x * 3 ^ (y - 16) * 2);
            }
        var (boxed, plain) = (
            PerceptualHash.Of(bars, 1, 64, Fit.LetterBox, 200, 100)!.Value,
            PerceptualHash.Of(square, 1, 64, Fit.Crop, 64, 64)!.Value);
        Assert.InRange(BitOperations.PopCount(boxed ^ plain), 0, 6);
    }

    private static byte Level(float value, int brighter) => (byte)Math.Clamp(110 + 45 * value + brighter, 0, 255);

    private static int[] AllPairs(List<ulong> hashes, int bits)
    {
        int[] group = [.. Enumerable.Range(0, hashes.Count)];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < hashes.Count; i++)
                for (var j = 0; j < hashes.Count; j++)
                    if (BitOperations.PopCount(hashes[i] ^ hashes[j]) <= bits && group[j] > group[i])
                        (group[j], changed) = (group[i], true);
        }
        return [.. group.Select(g => group.Count(o => o == g) == 1 ? -1 : g)];
    }
}
