using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// A task model that gives a class to each pixel. Takes images (B, C, H, W) of any size in [-1, 1]; gives logits with the classes last, (B, H, W, K), as a
/// classifier's are, so that whatever is computed from class probabilities is computed from a pixel's as from an image's.
/// </summary>
public abstract class Segmenter(string name, int channels, int classes, int featureDim) : TaskModel(name, channels, classes, featureDim)
{
    /// <summary>What the last layer sees of images (B, C, H, W): maps (B, F, h, w).</summary>
    protected abstract Tensor Maps(Tensor x);

    /// <summary>Logits (B, K, H', W') of maps, H' and W' at least <paramref name="height"/> and <paramref name="width"/>.</summary>
    protected abstract Tensor Read(Tensor maps, long height, long width);

    /// <summary>The maps' means over their positions: (B, F).</summary>
    public sealed override Tensor Features(Tensor x)
    {
        using var maps = Maps(x);
        return maps.mean([2, 3]);
    }

    /// <summary>Logits (B, K) of mean features (B, F): what the last layer, which is linear, gives on average over the positions.</summary>
    public abstract override Tensor Classify(Tensor features);

    internal sealed override (Tensor Features, Func<Tensor, Tensor> Classify) Halves(Tensor x)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        return (Maps(x), maps =>
        {
            using var scope = NewDisposeScope();
            return Read(maps, height, width).narrow(2, 0, height).narrow(3, 0, width).permute(0, 2, 3, 1).MoveToOuterDisposeScope();
        }
        );
    }
}
