using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// VGG-16 with batch normalisation, the paper's task network (Simonyan and Zisserman, 2015, configuration D).
/// Keys and shapes are those of the common ImageNet checkpoints; 134 million weights, most of them in the classifier.
/// </summary>
internal sealed class Vgg16 : TaskModel
{
    private readonly Sequential features, classifier;

    public Vgg16(int channels, int classes, double dropout = 0.5) : base("vgg16", channels, classes, featureDim: 4096)
    {
        features = Sequential(Layers(channels));
        classifier = Sequential(
            Linear(512 * 7 * 7, 4096), ReLU(inplace: true), new Dropout(dropout),
            Linear(4096, 4096), ReLU(inplace: true), new Dropout(dropout),
            Linear(4096, classes));
        RegisterComponents();
    }

    public override Tensor Features(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Penultimate(features.call(Prepared(x)).to(x.dtype)).MoveToOuterDisposeScope();
    }

    internal override IReadOnlyList<int> MapWidths => [64, 128, 256, 512, 512];

    internal override Tensor Features(Tensor x, List<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var h = Prepared(x);
        foreach (var layer in features.children().Cast<Module<Tensor, Tensor>>())
        {
            h = layer.call(h);
            if (layer is MaxPool2d) maps.Add(h.mean([2, 3]).to(x.dtype).MoveToOuterDisposeScope());
        }
        return Penultimate(h.to(x.dtype)).MoveToOuterDisposeScope();
    }

    // (B, 512, H/32, W/32) → (B, 4096)
    private Tensor Penultimate(Tensor maps)
    {
        var h = functional.adaptive_avg_pool2d(maps, 7).flatten(1);                         // (B, 512·7·7)
        for (var i = 0; i < 6; i++) h = classifier[i].call(h);
        return h;
    }

    internal override Tensor Classify(Tensor features) => classifier[6].call(features);

    /// <summary>As the reference: convolutions N(0, 2 / fan_out), linear layers N(0, 0.01²), zero biases.</summary>
    internal override void Reset(Generator generator)
    {
        Initialise.Kaiming(features, generator, fanOut: true);
        Initialise.Normal(classifier, 0.01, generator);
    }

    private static Module<Tensor, Tensor>[] Layers(int channels)
    {
        List<Module<Tensor, Tensor>> layers = [];
        foreach (var (width, count) in new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) })
        {
            for (var i = 0; i < count; i++, channels = width)
            {
                layers.AddRange(
                    [new MixedConv2d(channels, width, 3, padding: 1, bias: true), BatchNorm2d(width),
                        ReLU(inplace: true)]);
            }
            layers.Add(MaxPool2d(2));
        }
        return [.. layers];
    }
}
