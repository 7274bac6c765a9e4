using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Models;

/// <summary>How a convolution moves over its maps, the same down and across.</summary>
internal readonly record struct Stencil(int Stride = 1, int Padding = 0, int Dilation = 1);

/// <summary>
/// Convolutions in bfloat16 with float32 weights, and the transposed ones of stride 2 that the VAE has. Maps have their
/// channels last. The gradients use what oneDNN computes quickly: the convolution of the other direction for the maps,
/// matrix products over windows for the weights. oneDNN's own gradient of weights in bfloat16 takes longer, and its
/// threads wait for each other without sleeping. On a busy machine a training with it was several times slower than in
/// float32 (docs/results/performance.md).
/// </summary>
internal static class BFloat16Convolutions
{
    private static readonly Stencil Halving = new(Stride: 2, Padding: 1);

    /// <param name="x">(B, C, H, W), bfloat16, channels last</param>
    /// <param name="weight">(O, C, k, k), float32</param>
    /// <returns>(B, O, H', W'), bfloat16, channels last</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Stencil stencil)
    {
        if (is_grad_enabled()) return Forth.apply(x, weight, stencil);
        using var half = Half(weight);
        return Shrink(x, half, stencil);
    }

    /// <summary>The VAE's: 4×4, stride 2, padding 1.</summary>
    /// <param name="x">(B, C, 2·H, 2·W), bfloat16, channels last</param>
    /// <param name="weight">(O, C, 4, 4), float32</param>
    /// <returns>(B, O, H, W), bfloat16, channels last</returns>
    public static Tensor Down(Tensor x, Tensor weight) => Convolve(x, weight, Halving);

    /// <summary>The same transposed.</summary>
    /// <param name="x">(B, C, H, W), bfloat16, channels last</param>
    /// <param name="weight">(C, O, 4, 4), float32</param>
    /// <returns>(B, O, 2·H, 2·W), bfloat16, channels last</returns>
    public static Tensor Up(Tensor x, Tensor weight)
    {
        if (is_grad_enabled()) return Back.apply(x, weight);
        using var half = Half(weight);
        return Grow(x, half, Halving, 2 * x.shape[2], 2 * x.shape[3]);
    }

    /// <summary>The transposed 1×1 convolution, which is a matrix product.</summary>
    /// <param name="x">(B, C, H, W), bfloat16, channels last</param>
    /// <param name="weight">(C, O, 1, 1), float32</param>
    /// <returns>(B, O, H, W), float32</returns>
    public static Tensor PerPixel(Tensor x, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var y = linear(x.permute(0, 2, 3, 1), weight.flatten(1).t().to(ScalarType.BFloat16)).permute(0, 3, 1, 2);
        // with a bias in bfloat16 libtorch takes twice as long
        return (y.to(ScalarType.Float32).contiguous() + bias.view(1, -1, 1, 1)).MoveToOuterDisposeScope();
    }

    private static Tensor Half(Tensor weight) => ChannelsLast.Of(weight.to(ScalarType.BFloat16));

    private static Tensor Shrink(Tensor large, Tensor weight, Stencil s) =>
        conv2d(large, weight, strides: [s.Stride, s.Stride], padding: [s.Padding, s.Padding],
            dilation: [s.Dilation, s.Dilation]);

    /// <summary>The transpose of <see cref="Shrink"/>, to maps of the given size.</summary>
    private static Tensor Grow(Tensor small, Tensor weight, Stencil s, long height, long width)
    {
        using var scope = NewDisposeScope();
        var reach = s.Dilation * (weight.shape[2] - 1);
        // a convolution too, which oneDNN does in less time than the transpose of one
        if (s.Stride == 1)
            return Shrink(
                small, ChannelsLast.Of(weight.flip(2, 3).transpose(0, 1)), s with { Padding = (int)reach - s.Padding })
                .MoveToOuterDisposeScope();
        long Rest(long from, long to) => to - ((from - 1) * s.Stride - 2 * s.Padding + reach + 1);
        return conv_transpose2d(small, weight, strides: [s.Stride, s.Stride], padding: [s.Padding, s.Padding],
            output_padding: [Rest(small.shape[2], height), Rest(small.shape[3], width)],
                dilation: [s.Dilation, s.Dilation]).MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of a weight (S, L, k, k) between maps (B, S, h, w) and (B, L, H, W), float32.</summary>
    private static Tensor OfWeight(Tensor small, Tensor large, long k, Stencil stencil)
    {
        // bytes: what caches hold is not written to memory and read back
        const int largestWindows = 32 << 20;
        using var scope = NewDisposeScope();
        var (b, s, l, h, w) = (small.shape[0], small.shape[1], large.shape[1], small.shape[2], small.shape[3]);
        var (p, d, step) = (stencil.Padding, stencil.Dilation, stencil.Stride);
        var padded = large.permute(0, 2, 3, 1);
        padded = p == 0 ? padded.contiguous() : pad(padded, [0, 0, p, p, p, p]);         // (B, H + 2p, W + 2p, L)
        var (line, picture) = (padded.shape[2] * l, padded.shape[1] * padded.shape[2] * l);
        var windows = padded.as_strided([b, h, w, k, k, l], [picture, step * line, step * l, d * line, d * l, 1]);
        var given = small.permute(0, 2, 3, 1).reshape(b, h * w, s);
        var many = Math.Max(1, largestWindows / (2 * h * w * k * k * l));
        var sum = zeros(s, k * k * l);                                                   // float32
        for (long at = 0; at < b; at += many)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(many, b - at);
            sum.add_(
                given.narrow(0, at, count).reshape(-1, s).t().mm(windows.narrow(0, at, count).reshape(-1, k * k * l)));
        }
        return sum.view(s, k, k, l).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private sealed class Forth : autograd.SingleTensorFunction<Forth>
    {
        public override string Name => nameof(Convolve);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, weight, stencil) = ((Tensor)vars[0], (Tensor)vars[1], (Stencil)vars[2]);
            ctx.save_for_backward([x, weight]);
            ctx.save_data(nameof(Stencil), stencil);
            using var half = Half(weight);
            return Shrink(x, half, stencil);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var (x, weight, stencil) = (saved[0], saved[1], (Stencil)ctx.get_data(nameof(Stencil)));
            // TorchSharp's own handle; the maps behind it go as soon as nothing needs them
            using var given = grad_output;
            return
            [
                x.requires_grad
                    ? Grow(given, Half(weight), stencil, x.shape[2], x.shape[3]).MoveToOuterDisposeScope()
                    : null!,
                OfWeight(given, x, weight.shape[2], stencil).MoveToOuterDisposeScope(),
                null!,
            ];
        }
    }

    private sealed class Back : autograd.SingleTensorFunction<Back>
    {
        public override string Name => nameof(Up);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([x, weight]);
            using var half = Half(weight);
            return Grow(x, half, Halving, 2 * x.shape[2], 2 * x.shape[3]);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var (x, weight) = (saved[0], saved[1]);
            using var given = grad_output;
            return [Shrink(given, Half(weight), Halving).MoveToOuterDisposeScope(),
                OfWeight(x, given, weight.shape[2], Halving).MoveToOuterDisposeScope()];
        }
    }
}
