using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// ResNet-18 (He et al., 2016) in the form used for small images: a 3×3 first layer of stride 1 and no max-pool.
/// 11 million weights.
/// </summary>
internal sealed class ResNet18 : TaskModel
{
    private readonly MixedConv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Sequential layer1, layer2, layer3, layer4;
    private readonly Linear fc;

    public ResNet18(int channels, int classes) : base("resnet18", channels, classes, featureDim: 512)
    {
        conv1 = new MixedConv2d(channels, 64, 3, padding: 1);
        bn1 = BatchNorm2d(64);
        layer1 = Stage(64, 64, stride: 1);
        layer2 = Stage(64, 128, stride: 2);
        layer3 = Stage(128, 256, stride: 2);
        layer4 = Stage(256, 512, stride: 2);
        fc = Linear(512, classes);
        RegisterComponents();
    }

    public override Tensor Features(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = bn1.call(conv1.call(Prepared(x))).relu_();                                            // (B, 64, H, W)
        h = layer4.call(layer3.call(layer2.call(layer1.call(h))));                          // (B, 512, H/8, W/8)
        return functional.adaptive_avg_pool2d(h, 1).flatten(1).to(x.dtype).MoveToOuterDisposeScope();
    }

    internal override IReadOnlyList<int> MapWidths => [64, 128, 256, 512];

    internal override Tensor Features(Tensor x, List<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var h = bn1.call(conv1.call(Prepared(x))).relu_();
        foreach (var layer in new[] { layer1, layer2, layer3, layer4 })
        {
            h = layer.call(h);
            maps.Add(h.mean([2, 3]).to(x.dtype).MoveToOuterDisposeScope());
        }
        return functional.adaptive_avg_pool2d(h, 1).flatten(1).to(x.dtype).MoveToOuterDisposeScope();
    }

    internal override Tensor Classify(Tensor features) => fc.call(features);

    internal override void Reset(Generator generator)
    {
        Initialise.Kaiming(this, generator, fanOut: true);
        Initialise.Default(fc, generator);
    }

    private static Sequential Stage(int from, int to, int stride) =>
        Sequential(new BasicBlock(from, to, stride), new BasicBlock(to, to, 1));

    private sealed class BasicBlock : Module<Tensor, Tensor>
    {
        private readonly MixedConv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Sequential? downsample;

        public BasicBlock(int from, int to, int stride) : base(nameof(BasicBlock))
        {
            conv1 = new MixedConv2d(from, to, 3, stride, padding: 1);
            bn1 = BatchNorm2d(to);
            conv2 = new MixedConv2d(to, to, 3, padding: 1);
            bn2 = BatchNorm2d(to);
            if (stride != 1 || from != to)
                downsample = Sequential(new MixedConv2d(from, to, 1, stride), BatchNorm2d(to));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var h = bn2.call(conv2.call(bn1.call(conv1.call(x)).relu_()));
            return (h + (downsample?.call(x) ?? x)).relu_().MoveToOuterDisposeScope();
        }
    }
}
