using CsCheck;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

public sealed class AugmentTests
{
    public static IEnumerable<TheoryDataRow<string>> Transforms => ParitySet.With("../transform.safetensors");

    [Theory, MemberData(nameof(Transforms))]
    public void Normalise_ReferenceBytes_GivesReferenceFloatsBitForBit(string folder)
    {
        using var set = ParitySet.Open(folder);
        const string File = "../transform.safetensors";
        Assert.Equal(
            set[File, "normalised"].data<float>().ToArray(), Augment.Normalise(set[File, "u8"])
            .data<float>().ToArray());
        Assert.Equal(
            set[File, "normalised_hflip"].data<float>().ToArray(), Augment.Normalise(set[File, "u8"].flip(3))
            .data<float>().ToArray());
    }

    [Fact]
    public void Normalise_Ends_AreMinusOneAndOne()
    {
        using var x = Augment.Normalise(tensor(new byte[] { 0, 255 }).view(1, 1, 1, 2));
        Assert.Equal([-1, 1], x.data<float>().ToArray());
    }

    [Fact]
    public void Flip_ManyImages_MirrorsAboutHalfAndChangesNothingElse()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(2_000, 3, 2, 4);
        var y = Augment.Flip(x, new Generator(1));
        var same = y.eq(x).flatten(1).all(1);
        var mirrored = y.eq(x.flip(3)).flatten(1).all(1);
        Assert.True((same ^ mirrored).all().item<bool>());
        Assert.InRange(mirrored.sum().item<long>(), 910, 1_090);                             // 4 standard deviations
    }

    [Fact]
    public void Shift_AsFarAsThePictureIsLarge_MirrorsWhatIsThere()
    {
        using var scope = NewDisposeScope();
        var x = arange(16).to(ScalarType.Byte).view(1, 1, 4, 4).expand(500, 1, 4, 4).contiguous();
        var moved = Augment.Shift(x, 16, Border.Reflect, new Generator(1));                  // 3 at most
        var corners = moved.select(3, 0).select(2, 0).contiguous().data<byte>().ToArray();
        Assert.Equal(Enumerable.Range(0, 16), corners.Select(c => (int)c).Distinct().Order());
    }

    [Fact]
    public void Crop_AnySizeAndSide_IsAWindowOfEachImageAndEveryPlaceOccurs() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[3, 7], Gen.Int[3, 7], Gen.Int[2, 8], Gen.ULong)
            .Sample((channels, height, width, side, seed) =>
        {
            using var scope = NewDisposeScope();
            // within one image no number comes twice
            var x = Numbered(1_000, channels, height, width);
            var windows = Augment.Crop(x, side, new Generator(seed));
            var (h, w) = (Math.Min(side, height), Math.Min(side, width));
            Assert.Equal([1_000, channels, h, w], windows.shape);
            var places = new HashSet<(int, int)>();
            for (var i = 0; i < 1_000; i++)
            {
                var corner = windows[i, 0, 0, 0].item<byte>();
                var from = (corner - x[i, 0, 0, 0].item<byte>() + 255) % 255;
                var (top, left) = (from / width, from % width);
                Assert.True(x[i].narrow(1, top, h).narrow(2, left, w).equal(windows[i]).all().item<bool>());
                places.Add((top, left));
            }
            // at most 36 places; 1,000 draws miss one in 10^10 runs
            Assert.Equal((height - h + 1) * (width - w + 1), places.Count);
        }, iter: 20);

    [Theory]
    [InlineData(Border.Zero)]
    [InlineData(Border.Reflect)]
    public void Shift_AnySizeAndReach_IsAWindowOfThePaddedImage(Enum border) =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[3, 7], Gen.Int[3, 7], Gen.Int[0, 2], Gen.ULong)
            .Sample((channels, height, width, by, seed) =>
        {
            using var scope = NewDisposeScope();
            var x = Numbered(9, channels, height, width);
            var shifted = Augment.Shift(x, by, (Border)border, new Generator(seed));
            for (var i = 0; i < 9; i++)
            {
                var picture = shifted[i];
                Assert.Contains(
                    Moves(by), move => Window(x[i], move, (Border)border).equal(picture).all().item<bool>());
            }
        }, iter: 20);

    [Fact]
    public void Shift_ManyImages_MakesEveryMoveAboutEquallyOften()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2_500, 1, 5, 5, dtype: ScalarType.Byte);
        x.narrow(2, 2, 1).narrow(3, 2, 1).fill_(1);
        var places = Augment.Shift(x, 2, Border.Zero, new Generator(1)).sum(0, type: ScalarType.Int64).flatten()
            .data<long>().ToArray();
        Assert.Equal(2_500, places.Sum());
        // 100 ± 4 standard deviations
        Assert.All(places, n => Assert.InRange(n, 60, 140));
    }

    [Fact]
    public void FlipAndShift_SameSeed_RepeatThemselves()
    {
        using var scope = NewDisposeScope();
        var x = Numbered(50, 1, 8, 8);
        Tensor Draw(ulong seed)
        {
            var generator = new Generator(seed);
            return Augment.Shift(Augment.Flip(x, generator), 2, Border.Reflect, generator);
        }
        Assert.True(Draw(1).equal(Draw(1)).all().item<bool>());
        Assert.False(Draw(1).equal(Draw(2)).all().item<bool>());
    }

    // 1, 2, 3, …, never 0: every pixel of an image is told from every other
    private static Tensor Numbered(int b, int c, int h, int w) =>
        (arange(b * c * h * w) % 255 + 1).view(b, c, h, w).to(ScalarType.Byte);

    private static IEnumerable<(int Down, int Right)> Moves(int reach) =>
        from down in Enumerable.Range(-reach, 2 * reach + 1)
        from right in Enumerable.Range(-reach, 2 * reach + 1)
        select (down, right);

    private static Tensor Window(Tensor image, (int Down, int Right) move, Border border)
    {
        var (h, w) = ((int)image.shape[1], (int)image.shape[2]);
        var result = zeros_like(image);
        for (var r = 0; r < h; r++)
        {
            for (var c = 0; c < w; c++)
            {
                var (y, x) = (r + move.Down, c + move.Right);
                if (border == Border.Reflect) (y, x) = (Mirror(y, h), Mirror(x, w));
                if (y >= 0 && y < h && x >= 0 && x < w) result[.., r, c] = image[.., y, x];
            }
        }
        return result;
    }

    private static int Mirror(int at, int length) => at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at;
}
