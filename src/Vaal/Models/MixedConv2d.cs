using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// A convolution with float32 weights that computes in its input's numbers: float32, or bfloat16
/// (<see cref="BFloat16Convolutions"/>). Parameters are named as those of <see cref="TorchSharp.Modules.Conv2d"/>. Its
/// weights are zero until they are initialised.
/// </summary>
internal sealed class MixedConv2d : Module<Tensor, Tensor>
{
    private readonly Stencil _stencil;
    private readonly Parameter weight;
    private readonly Parameter? bias;

    /// <param name="kernel">its side</param>
    public MixedConv2d(
        int from, int to, int kernel, int stride = 1, int padding = 0, int dilation = 1, bool bias = false)
        : base(nameof(MixedConv2d))
    {
        _stencil = new Stencil(stride, padding, dilation);
        weight = Kept(to, from, kernel, kernel);
        if (bias) this.bias = Kept(to);
        RegisterComponents();

        static Parameter Kept(params long[] shape)
        {
            var p = new Parameter(zeros(shape));
            p.DetachFromDisposeScope();
            return p;
        }
    }

    public Parameter Weight => weight;

    public Parameter? Bias => bias;

    public override Tensor forward(Tensor x)
    {
        int stride = _stencil.Stride, padding = _stencil.Padding, dilation = _stencil.Dilation;
        if (x.dtype != ScalarType.BFloat16)
            return functional.conv2d(
                x, weight, bias, strides: [stride, stride], padding: [padding, padding],
                dilation: [dilation, dilation]);
        if (bias is null) return BFloat16Convolutions.Convolve(x, weight, _stencil);
        using var scope = NewDisposeScope();
        return BFloat16Convolutions.Convolve(x, weight, _stencil).add_(bias.view(1, -1, 1, 1).to(x.dtype))
            .MoveToOuterDisposeScope();
    }
}
