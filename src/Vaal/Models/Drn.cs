using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// DRN-D-22 (Yu, Koltun and Funkhouser, CVPR 2017): a residual network whose last stages are dilated in place of
/// strided, so its maps are an eighth of the image. The head is the authors' for segmentation: a 1×1 convolution to the
/// classes, then eightfold bilinear upsampling by a transposed convolution that is not trained. Parameters are named as
/// in their code; their ImageNet weights are not used.
/// </summary>
internal sealed class Drn : Segmenter
{
    private const int Stride = 8;

    private readonly Sequential layer0, layer1, layer2, layer3, layer4, layer5, layer6, layer7, layer8;
    private readonly Conv2d seg;
    private readonly ConvTranspose2d up;

    public Drn(int channels, int classes) : base("drn", channels, classes, featureDim: 512)
    {
        // (B, 16, H, W)
        layer0 = Convolution(channels, 16, kernel: 7);
        layer1 = Convolution(16, 16);
        // (B, 32, H/2, W/2)
        layer2 = Convolution(16, 32, stride: 2);
        // (B, 64, H/4, W/4)
        layer3 = Sequential(new Block(32, 64, stride: 2), new Block(64, 64));
        // (B, 128, H/8, W/8)
        layer4 = Sequential(new Block(64, 128, stride: 2), new Block(128, 128));
        layer5 = Sequential(new Block(128, 256, dilation: 2), new Block(256, 256, dilation: 2));
        // (B, 512, H/8, W/8)
        layer6 = Sequential(new Block(256, 512, dilation: 4), new Block(512, 512, dilation: 4));
        // no residuals: they would carry the grid that
        layer7 = Convolution(512, 512, dilation: 2);
        // dilation makes on to the end
        layer8 = Convolution(512, 512);
        seg = Conv2d(512, classes, kernel_size: 1);
        up = ConvTranspose2d(
            classes, classes, kernel_size: 2 * Stride, stride: Stride, padding: Stride / 2,
            groups: classes, bias: false);
        up.weight.requires_grad = false;
        RegisterComponents();
    }

    internal override IReadOnlyList<int> MapWidths => [64, 128, 256, 512, 512];

    protected override Tensor Maps(Tensor x) => Maps(x, null);

    private protected override Tensor Maps(Tensor x, List<Tensor>? means)
    {
        using var scope = NewDisposeScope();
        var three = layer3.call(layer2.call(layer1.call(layer0.call(Prepared(x)))));
        var four = layer4.call(three);
        var five = layer5.call(four);
        var six = layer6.call(five);
        var maps = layer8.call(layer7.call(six)).to(x.dtype);
        KeepMeans(means, x.dtype, three, four, five, six, maps);
        return maps.MoveToOuterDisposeScope();
    }

    protected override Tensor Read(Tensor maps, long height, long width) => up.call(seg.call(maps));

    internal override Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        return seg.call(features.unsqueeze(2).unsqueeze(3)).flatten(1).MoveToOuterDisposeScope();
    }

    internal override void Reset(Generator generator)
    {
        Initialise.Kaiming(this, generator, fanOut: true);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // (16): a triangle
        var line = 1 - (arange(2 * Stride, ScalarType.Float32) - (Stride - 0.5f)).abs() / Stride;
        up.weight.copy_((line.unsqueeze(1) * line).expand(Classes, 1, 2 * Stride, 2 * Stride));
    }

    private static Sequential Convolution(int from, int to, int kernel = 3, int stride = 1, int dilation = 1) =>
        Sequential(
            new MixedConv2d(from, to, kernel, stride, padding: dilation * (kernel / 2), dilation: dilation),
            BatchNorm2d(to), ReLU(inplace: true));

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly MixedConv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Sequential? downsample;

        public Block(int from, int to, int stride = 1, int dilation = 1) : base(nameof(Block))
        {
            conv1 = new MixedConv2d(from, to, 3, stride, padding: dilation, dilation: dilation);
            bn1 = BatchNorm2d(to);
            conv2 = new MixedConv2d(to, to, 3, padding: dilation, dilation: dilation);
            bn2 = BatchNorm2d(to);
            if (from != to) downsample = Sequential(new MixedConv2d(from, to, 1, stride), BatchNorm2d(to));
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
