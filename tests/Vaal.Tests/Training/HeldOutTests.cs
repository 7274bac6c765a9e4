using Vaal.Data;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>The verdict on a ranking stands on images that the training never saw.</summary>
public sealed class HeldOutTests : IDisposable
{
    private const int Count = 40, Labelled = 20;

    // enough batches of 8 to see each of the 10 + 10 images that are left to learn from
    private static readonly VaalOptions Half = new(TinyImages.Vaal) { HoldOut = 0.5, Iterations = 8 };
    private readonly ImageSet _images = TinyImages.Set(Count);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Vaal_HeldOutImages_DoNotReachTheTraining(bool labelled)
    {
        var (weights, heldLabelled, heldUnlabelled) = Train(_images);
        var held = labelled ? heldLabelled : heldUnlabelled;
        Assert.Equal(10, held.Length);
        using var other = WithInverted(held);
        Assert.Empty(TensorsOf.Changed(weights, Train(other).Weights));
    }

    /// <summary>The other side: a change of an image that is not held out changes the weights.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Vaal_OtherImages_DoReachTheTraining(bool labelled)
    {
        var (weights, heldLabelled, heldUnlabelled) = Train(_images);
        var ids = labelled ? Enumerable.Range(0, Labelled) : Enumerable.Range(Labelled, Count - Labelled);
        foreach (var id in ids.Except(heldLabelled).Except(heldUnlabelled).Take(2))
        {
            using var other = WithInverted([id]);
            Assert.NotEmpty(TensorsOf.Changed(weights, Train(other).Weights));
        }
    }

    [Fact]
    public void Vaal_OtherSeed_HoldsOtherImagesOut()
    {
        var (first, second) = (Train(_images), Train(_images, seed: 2));
        Assert.NotEqual(first.HeldLabelled, second.HeldLabelled);
        Assert.NotEqual(first.HeldUnlabelled, second.HeldUnlabelled);
        Assert.All(first.HeldLabelled, id => Assert.InRange(id, 0, Labelled - 1));
        Assert.All(first.HeldUnlabelled, id => Assert.InRange(id, Labelled, Count - 1));
    }

    private static (SortedDictionary<string, byte[]> Weights, int[] HeldLabelled, int[] HeldUnlabelled) Train(
        ImageSet images, long seed = 1)
    {
        using var scope = NewDisposeScope();
        using var networks = new Networks(TinyImages.Pool(images, Labelled), Half, seed: seed);
        var vaal = networks.Vaal;
        var all = vaal.Vae.state_dict().Select(p => ($"vae.{p.Key}", p.Value))
            .Concat(vaal.D.state_dict().Select(p => ($"disc.{p.Key}", p.Value)));
        return (TensorsOf.Copy(all), [.. vaal.HeldOutLabelled], [.. vaal.HeldOutUnlabelled]);
    }

    /// <summary>The same images, those with these ids as negatives.</summary>
    private ImageSet WithInverted(int[] ids)
    {
        var pixels = new byte[Count * _images.ImageBytes];
        for (var id = 0; id < Count; id++) _images[id].CopyTo(pixels.AsSpan(id * _images.ImageBytes));
        foreach (var id in ids)
            foreach (ref var value in pixels.AsSpan(id * _images.ImageBytes, _images.ImageBytes))
                value = (byte)(255 - value);
        return new ImageSet(PixelStore.Copy(pixels), 1, _images.Height, _images.Width, [.. _images.Classes]);
    }
}
