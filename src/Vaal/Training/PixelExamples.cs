using Vaal.Data;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>Images as examples: pixels in [-1, 1], (B, C, S, S).</summary>
/// <param name="images">squares of 32, 64, 128 or 256 pixels</param>
/// <param name="flip">mirror each image left to right with probability ½</param>
internal sealed class PixelExamples(ImageSet images, bool flip) : IExamples
{
    /// <inheritdoc/>
    public int Count => images.Count;

    /// <inheritdoc/>
    public Tensor Batch(ReadOnlySpan<int> ids, Generator random)
    {
        using var scope = NewDisposeScope();
        var x = Augment.Normalise(images.Batch(ids));
        return (flip ? Augment.Flip(x, random) : x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public AutoEncoder CreateVae(VaalOptions options, int conditions, Generator random)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (images.Height != images.Width || images.Height is not (32 or 64 or 128 or 256))
            throw new InputException(
                $"images are {images.Width}×{images.Height} pixels; the VAE takes squares of 32, 64, 128 or 256");
        return new Vae(images.Channels, images.Height, options.Width, options.LatentDim, conditions)
            .Initialised(random);
    }
}
