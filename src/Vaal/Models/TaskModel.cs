using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// A classifier in two halves: penultimate features, which strategies look at, and the classes read off them.
/// Takes images (B, C, H, W) in [-1, 1], square, of 32, 64, 128 or 256 pixels; gives logits (B, K). A model of masks
/// does so for each pixel.
/// </summary>
public abstract class TaskModel : nn.Module<Tensor, Tensor>
{
    /// <param name="name">as in <see cref="TaskModels"/></param>
    /// <param name="channels">1 (grey) or 3 (RGB)</param>
    /// <param name="classes">K</param>
    /// <param name="featureDim">F</param>
    private protected TaskModel(string name, int channels, int classes, int featureDim) : base(name)
    {
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 or 3");
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Libtorch.Ready();
        (Channels, Classes, FeatureDim) = (channels, classes, featureDim);
    }

    internal int Channels { get; }

    /// <summary>K: the number of classes.</summary>
    internal int Classes { get; }

    /// <summary>F: length of a feature vector.</summary>
    internal int FeatureDim { get; }

    /// <summary>What convolutions are computed in; null: what the weights are. Weights, sums of normalisation and
    /// linear layers stay as they are.</summary>
    internal ScalarType? Convolutions { get; set; }

    /// <summary>Images in the numbers and the layout that the convolutions want.</summary>
    private protected Tensor Prepared(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (Convolutions is { } type ? ChannelsLast.Of(x.to(type)) : x.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>What the last layer sees of images (B, C, H, W): (B, F).</summary>
    public abstract Tensor Features(Tensor x);

    /// <summary>The same, and on the way the mean over positions of each intermediate map, (B, W) each, W as in
    /// <see cref="MapWidths"/>.</summary>
    internal virtual Tensor Features(Tensor x, List<Tensor> maps)
    {
        var features = Features(x);
        maps.Add(features);
        return features;
    }

    /// <summary>Channels of the intermediate maps, first to last.</summary>
    internal virtual IReadOnlyList<int> MapWidths => [FeatureDim];

    /// <summary>Logits (B, K) of features (B, F).</summary>
    internal abstract Tensor Classify(Tensor features);

    public sealed override Tensor forward(Tensor x)
    {
        var (features, classify) = Halves(x);
        using (features) return classify(features);
    }

    /// <summary>What the last layer sees of images, and what gives the logits of that: the network cut in two where
    /// dropout may come between.</summary>
    /// <param name="means">takes the means of the intermediate maps; null: nobody wants them</param>
    internal virtual (Tensor Features, Func<Tensor, Tensor> Classify) Halves(Tensor x, List<Tensor>? means = null) =>
        (means is null ? Features(x) : Features(x, means), Classify);

    /// <summary>Fresh weights, all of them drawn from <paramref name="generator"/>.</summary>
    internal virtual void Reset(Generator generator) => Initialise.Kaiming(this, generator);
}
