using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Models;

/// <summary>
/// The VAE's 4×4 convolutions of stride 2 and padding 1, down and up, in bfloat16 with float32 weights. Maps have their channels last. The gradients are
/// put together from what oneDNN does well: of the maps, the convolution of the other direction; of the weights, one matrix product over windows.
/// oneDNN's own gradient of weights in bfloat16 takes longer, and its threads wait for each other without sleeping, so that on a busy machine a training
/// was several times slower than in float32 (docs/performance.md).
/// </summary>
internal static class BFloat16Convolutions
{
    /// <param name="x">(B, C, 2·H, 2·W), bfloat16, channels last</param>
    /// <param name="weight">(O, C, 4, 4), float32</param>
    /// <returns>(B, O, H, W), bfloat16, channels last</returns>
    public static Tensor Down(Tensor x, Tensor weight)
    {
        if (is_grad_enabled()) return DownFunction.apply(x, weight);
        using var half = Half(weight);
        return Shrink(x, half);
    }

    /// <param name="x">(B, C, H, W), bfloat16, channels last</param>
    /// <param name="weight">(C, O, 4, 4), float32</param>
    /// <returns>(B, O, 2·H, 2·W), bfloat16, channels last</returns>
    public static Tensor Up(Tensor x, Tensor weight)
    {
        if (is_grad_enabled()) return UpFunction.apply(x, weight);
        using var half = Half(weight);
        return Grow(x, half);
    }

    /// <summary>The transposed 1×1 convolution, which is a matrix product.</summary>
    /// <param name="x">(B, C, H, W), bfloat16, channels last</param>
    /// <param name="weight">(C, O, 1, 1), float32</param>
    /// <returns>(B, O, H, W), float32</returns>
    public static Tensor PerPixel(Tensor x, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var y = linear(x.permute(0, 2, 3, 1), weight.flatten(1).t().to(ScalarType.BFloat16)).permute(0, 3, 1, 2);
        return (y.to(ScalarType.Float32).contiguous() + bias.view(1, -1, 1, 1)).MoveToOuterDisposeScope();    // with a bias in bfloat16 libtorch takes twice as long
    }

    private static Tensor Half(Tensor weight) => ChannelsLast.Of(weight.to(ScalarType.BFloat16));

    private static Tensor Shrink(Tensor large, Tensor weight) => conv2d(large, weight, strides: [2, 2], padding: [1, 1]);

    private static Tensor Grow(Tensor small, Tensor weight) => conv_transpose2d(small, weight, strides: [2, 2], padding: [1, 1]);

    /// <summary>The gradient of a weight (S, L, 4, 4) between maps (B, S, H, W) and (B, L, 2·H, 2·W), float32.</summary>
    private static Tensor OfWeight(Tensor small, Tensor large)
    {
        using var scope = NewDisposeScope();
        var (b, s, l, h, w) = (small.shape[0], small.shape[1], large.shape[1], small.shape[2], small.shape[3]);
        var padded = pad(large.permute(0, 2, 3, 1), [0, 0, 1, 1, 1, 1]);               // (B, 2·H + 2, 2·W + 2, L)
        var (line, picture) = ((2 * w + 2) * l, (2 * h + 2) * (2 * w + 2) * l);
        var windows = padded.as_strided([b, h, w, 4, 4 * l], [picture, 2 * line, 2 * l, line, 1]).reshape(-1, 16 * l);
        var product = small.permute(0, 2, 3, 1).reshape(-1, s).t().mm(windows);        // (S, 16·L)
        return product.view(s, 4, 4, l).permute(0, 3, 1, 2).to(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    private sealed class DownFunction : autograd.SingleTensorFunction<DownFunction>
    {
        public override string Name => nameof(Down);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([x, weight]);
            using var half = Half(weight);
            return Shrink(x, half);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var (x, weight) = (saved[0], saved[1]);
            using var given = grad_output;                                              // TorchSharp's own handle; the maps behind it go as soon as nothing needs them
            return [x.requires_grad ? Grow(given, Half(weight)).MoveToOuterDisposeScope() : null!, OfWeight(given, x).MoveToOuterDisposeScope()];
        }
    }

    private sealed class UpFunction : autograd.SingleTensorFunction<UpFunction>
    {
        public override string Name => nameof(Up);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([x, weight]);
            using var half = Half(weight);
            return Grow(x, half);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var (x, weight) = (saved[0], saved[1]);
            using var given = grad_output;
            return [Shrink(given, Half(weight)).MoveToOuterDisposeScope(), OfWeight(x, given).MoveToOuterDisposeScope()];
        }
    }
}
