using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// A network for two cores and few labels: four 3×3 convolutions, narrow where the maps are large, and an average over
/// positions. Chosen among the designs of docs/results/small-cnn.md. Images over 64 pixels are averaged down to 64
/// first: to a network this shallow, seeing more of the picture at once is worth more than its detail.
/// </summary>
internal sealed class SmallCnn : TaskModel
{
    private const int LargestSide = 64;

    private readonly Sequential body;
    private readonly Linear head;

    public SmallCnn(int channels, int classes) : base("small-cnn", channels, classes, featureDim: 128)
    {
        // widths are multiples of 16: with others libtorch 2.10's 3×3 convolutions read memory that nobody has written
        // (AVX-512)
        body = Sequential(
        [
            .. Convolution(channels, 16), MaxPool2d(2),                          // (B, 16, H/2, W/2)
            .. Convolution(16, 32), MaxPool2d(2),                                // (B, 32, H/4, W/4)
            .. Convolution(32, 64), MaxPool2d(2),                                // (B, 64, H/8, W/8)
            .. Convolution(64, 128), AdaptiveAvgPool2d(1), Flatten(),            // (B, 128)
        ]);
        head = Linear(128, classes);
        RegisterComponents();
    }

    public override Tensor Features(Tensor x)
    {
        using var scope = NewDisposeScope();
        return body.call(Prepared(Shrunk(x))).to(x.dtype).MoveToOuterDisposeScope();
    }

    internal override IReadOnlyList<int> MapWidths => [16, 32, 64, 128];

    internal override Tensor Features(Tensor x, List<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var h = Prepared(Shrunk(x));
        foreach (var layer in body.children().Cast<Module<Tensor, Tensor>>())
        {
            h = layer.call(h);
            if (layer is MaxPool2d) maps.Add(h.mean([2, 3]).to(x.dtype).MoveToOuterDisposeScope());
        }
        h = h.to(x.dtype);
        maps.Add(h.alias().MoveToOuterDisposeScope());                           // the last map's mean is the features
        return h.MoveToOuterDisposeScope();
    }

    internal override Tensor Classify(Tensor features) => head.call(features);

    private static Tensor Shrunk(Tensor x)
    {
        var shrink = Math.Max(1, x.shape[2] / LargestSide);
        return shrink > 1 ? functional.avg_pool2d(x, shrink) : x.alias();
    }

    private static Module<Tensor, Tensor>[] Convolution(int from, int to) =>
        [new MixedConv2d(from, to, 3, padding: 1), new ChannelsLast(), BatchNorm2d(to), ReLU(inplace: true)];
}
