using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// A task model that gives a class to each pixel. Takes images (B, C, H, W) of any size in [-1, 1]. Gives logits with
/// the classes last, (B, H, W, K), as a classifier does. So code that uses class probabilities works for pixels as for
/// images.
/// </summary>
internal abstract class Segmenter(string name, int channels, int classes, int featureDim)
    : TaskModel(name, channels, classes, featureDim)
{
    /// <summary>What the last layer sees of images (B, C, H, W): maps (B, F, h, w).</summary>
    protected abstract Tensor Maps(Tensor x);

    /// <summary>The same, and on the way the means of the intermediate maps, if a caller needs them.</summary>
    private protected virtual Tensor Maps(Tensor x, List<Tensor>? means)
    {
        var maps = Maps(x);
        means?.Add(maps.mean([2, 3]));
        return maps;
    }

    /// <summary>Logits (B, K, H', W') of maps, H' and W' at least <paramref name="height"/> and
    /// <paramref name="width"/>.</summary>
    protected abstract Tensor Read(Tensor maps, long height, long width);

    /// <summary>Keeps the means over positions, (B, W), of maps (B, W, h, w), in the scope around the
    /// caller's.</summary>
    private protected static void KeepMeans(List<Tensor>? means, ScalarType type, params ReadOnlySpan<Tensor> maps)
    {
        foreach (var map in maps) means?.Add(map.mean([2, 3]).to(type).MoveToOuterDisposeScope());
    }

    /// <summary>The maps' means over their positions: (B, F).</summary>
    public sealed override Tensor Features(Tensor x)
    {
        using var maps = Maps(x, null);
        return maps.mean([2, 3]);
    }

    internal sealed override Tensor Features(Tensor x, List<Tensor> maps)
    {
        using var last = Maps(x, maps);
        return last.mean([2, 3]);
    }

    /// <summary>Logits (B, K) of mean features (B, F): what the last layer, which is linear, gives on average over the
    /// positions.</summary>
    internal abstract override Tensor Classify(Tensor features);

    internal sealed override (Tensor Features, Func<Tensor, Tensor> Classify) Halves(
        Tensor x, List<Tensor>? means = null)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        return (Maps(x, means), maps =>
        {
            using var scope = NewDisposeScope();
            return Read(maps, height, width).narrow(2, 0, height).narrow(3, 0, width).permute(0, 2, 3, 1)
                .MoveToOuterDisposeScope();
        }
        );
    }
}
