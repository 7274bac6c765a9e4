using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// A segmentation network for two cores. The encoder reduces the image to an eighth; its last convolutions are dilated,
/// so that they see most of the image. The decoder adds the encoder's finer maps on the way back: a U-Net with sums in
/// place of concatenations, as in LinkNet (Chaurasia and Culurciello 2017). The classes are computed at half the
/// image's size and enlarged bilinearly.
/// </summary>
internal sealed class SmallSeg : Segmenter
{
    private readonly Sequential half, quarter, eighth, toQuarter, atQuarter, toHalf, atHalf;
    private readonly Conv2d head;

    public SmallSeg(int channels, int classes) : base("small-seg", channels, classes, featureDim: 32)
    {
        // widths are multiples of 16: with others libtorch 2.10's 3×3 convolutions read memory that nobody has written
        // (AVX-512)
        // (B, 32, H/2, W/2)
        half = Sequential(
            [new MixedConv2d(channels, 32, 3, stride: 2, padding: 1), new ChannelsLast(), BatchNorm2d(32),
                ReLU(inplace: true)]);
        // (B, 64, H/4, W/4)
        quarter = Sequential([.. Convolution(32, 64, stride: 2), .. Convolution(64, 64)]);
        eighth = Sequential(
            [.. Convolution(64, 128, stride: 2), .. Convolution(128, 128), .. Convolution(128, 128, dilation: 2),
                .. Convolution(128, 128, dilation: 4)]);
        toQuarter = Sequential(new MixedConv2d(128, 64, kernel: 1), BatchNorm2d(64));
        atQuarter = Sequential([.. Convolution(64, 64)]);
        toHalf = Sequential(new MixedConv2d(64, 32, kernel: 1), BatchNorm2d(32));
        atHalf = Sequential([.. Convolution(32, 32)]);
        head = Conv2d(32, classes, kernel_size: 1);
        RegisterComponents();
    }

    internal override IReadOnlyList<int> MapWidths => [32, 64, 128, 64, 32];

    protected override Tensor Maps(Tensor x) => Maps(x, null);

    private protected override Tensor Maps(Tensor x, List<Tensor>? means)
    {
        using var scope = NewDisposeScope();
        var fine = half.call(Prepared(x));                                                  // (B, 32, H/2, W/2)
        var middle = quarter.call(fine);                                                    // (B, 64, H/4, W/4)
        var coarse = eighth.call(middle);                                                   // (B, 128, H/8, W/8)
        var enlarged = atQuarter.call(Enlarged(toQuarter.call(coarse), middle.shape[2], middle.shape[3]) + middle);
        var maps = atHalf.call(Enlarged(toHalf.call(enlarged), fine.shape[2], fine.shape[3]) + fine).to(x.dtype);
        KeepMeans(means, x.dtype, fine, middle, coarse, enlarged, maps);
        return maps.MoveToOuterDisposeScope();
    }

    protected override Tensor Read(Tensor maps, long height, long width)
    {
        using var logits = head.call(maps);
        return Enlarged(logits, height, width);
    }

    internal override Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        return head.call(features.unsqueeze(2).unsqueeze(3)).flatten(1).MoveToOuterDisposeScope();
    }

    private static Tensor Enlarged(Tensor x, long height, long width) =>
        functional.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Module<Tensor, Tensor>[] Convolution(int from, int to, int stride = 1, int dilation = 1) =>
        [new MixedConv2d(from, to, 3, stride, padding: dilation, dilation: dilation), BatchNorm2d(to),
            ReLU(inplace: true)];
}
