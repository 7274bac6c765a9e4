using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Models;

/// <summary>
/// A 4×4 convolution with stride 2 and padding 1 from 4×4 to 2×2 maps as one matrix product. oneDNN's gradients of it
/// take two and a half times as long where the weights are larger than the processor's caches; where they fit, its
/// convolution is faster.
/// </summary>
internal static class WideConvolution
{
    private const long LargerThanCaches = 16 << 20;

    /// <summary>Whether the product is the faster way on this processor.</summary>
    public static bool Suits(Conv2d convolution, Tensor x) =>
        x.device.type == TorchSharp.DeviceType.CPU && x.shape[3] == 4
            && convolution.weight.numel() * sizeof(float) > LargerThanCaches;

    /// <param name="weight">(O, C, 4, 4)</param>
    /// <param name="x">(B, C, 4, 4)</param>
    /// <returns>(B, O, 2, 2)</returns>
    public static Tensor Apply(Tensor weight, Tensor x)
    {
        using var scope = NewDisposeScope();
        // (B, 4, C·16)
        var patches = unfold(x, 4, padding: 1, stride: 2).transpose(1, 2);
        var maps = linear(patches, weight.flatten(1));                                         // (B, 4, O)
        return maps.transpose(1, 2).reshape(x.shape[0], -1, 2, 2).MoveToOuterDisposeScope();
    }
}
