using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary>VAAL on images of 64 to 256 pixels, where users of the released code report NaN and an exploding KL. The
/// long runs are <c>vae-sizes</c> in bench/.</summary>
[Trait("Category", "Slow")]
public sealed class HighResolutionTests
{
    [Theory]
    [InlineData("balanced", 64)]
    [InlineData("balanced", 128)]
    [InlineData("balanced", 256)]
    [InlineData("segmentation", 64)]
    [InlineData("segmentation", 128)]
    [InlineData("segmentation", 256)]
    public void Train_LargeImages_LearnsAndKeepsTheKlSmall(string preset, int side)
    {
        using var images = Pictures(8, side);
        var options = new VaalOptions(VaalOptions.ByPreset[preset])
        {
            Width = 16,
            BatchSize = 2,
            Iterations = 20,
            VaeSteps = 1,
            HoldOut = 0,
        };
        using var trainer = new VaalTrainer(options, images, [0, 1, 2, 3], [4, 5, 6, 7], seed: 1);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        var losses = new List<(double Recon, double Kl)>();
        trainer.Train(e => losses.Add((e.Values!["recon"], e.Values!["kl"])));
        Assert.All(losses, l => Assert.True(double.IsFinite(l.Recon) && l.Kl is >= 0 and < 1_000, $"{l}"));
        Assert.True(losses[^1].Recon < losses[0].Recon, string.Join(' ', losses));
        // μ and log σ² see the same 2×2 maps of 128 channels at every size
        Assert.Equal([options.LatentDim, 4 * 128], vae.state_dict()["fc_mu.weight"].shape);
        Assert.Equal([options.LatentDim, 4 * 128], vae.state_dict()["fc_logvar.weight"].shape);
    }

    [Fact]
    public void SizeFor_ImagesThatAreNoSuchSquares_Is128UnlessAnotherIsGiven()
    {
        using var wide = Pictures(1, 240, 180);
        using var odd = Pictures(1, 224);
        using var square = Pictures(1, 256);
        Assert.Equal([128, 128, 256], new[] { wide, odd, square }.Select(VaalOptions.Balanced.SizeFor));
        Assert.Equal(
            [64, 64, 64],
            new[] { wide, odd, square }.Select(new VaalOptions(VaalOptions.Balanced) { Size = 64 }.SizeFor));
        Assert.Equal(
            ["the VAE's image size is 224; it must be 32, 64, 128 or 256"],
            new VaalOptions(VaalOptions.Balanced) { Size = 224 }.Problems());
    }

    // a slope of light, different in each
    private static ImageSet Pictures(int count, int width, int? height = null)
    {
        var h = height ?? width;
        var pixels = PixelStore.Allocate((long)count * 3 * h * width);
        for (var id = 0; id < count; id++)
        {
            var to = pixels.Writable((long)id * 3 * h * width, 3 * h * width);
            for (var i = 0; i < to.Length; i++)
                to[i] = (byte)((i % width * (id + 1) + i / width % h * (8 - id)) * 255 / (9 * width));
        }
        return new ImageSet(pixels, 3, h, width);
    }
}
