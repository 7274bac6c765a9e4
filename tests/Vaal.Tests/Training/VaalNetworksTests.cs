using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>What trained networks refuse to score.</summary>
public sealed class VaalNetworksTests
{
    [Fact]
    public void Score_ImagesOfOtherChannels_SaysWhichItTakes()
    {
        using var images = TinyImages.Set(8);
        using var coloured = TinyImages.Set(8, channels: 3);
        using var trainer = new VaalTrainer(TinyImages.Vaal, images, [0, 1, 2, 3], [4, 5, 6, 7], seed: 1);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, TinyImages.Vaal, [], [], CPU);
        const string message = "expected images with 1 channel, as the networks were trained on, found 3";
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(
            () => networks.Score(coloured, [0], seed: 1)).Message, StringComparison.Ordinal);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(
            () => networks.Latent(coloured, [0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => networks.Score(null!, [0], seed: 1));
        Assert.Throws<ArgumentNullException>(() => networks.Latent(images, null!));
    }

    [Fact]
    public void Score_AfterDispose_SaysSo()
    {
        using var images = TinyImages.Set(8);
        var gone = TinyImages.Set(8);
        using var trainer = new VaalTrainer(TinyImages.Vaal, images, [0, 1, 2, 3], [4, 5, 6, 7], seed: 1);
        var networks = new VaalNetworks(trainer.Vae, trainer.D, TinyImages.Vaal, [], [], CPU);
        Assert.Single(networks.Score(images, [0], seed: 1));
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => networks.Score(gone, [0], seed: 1));
        networks.Dispose();
        Assert.Throws<ObjectDisposedException>(() => networks.Score(images, [0], seed: 1));
        Assert.Throws<ObjectDisposedException>(() => networks.Latent(images, [0]));
    }
}
