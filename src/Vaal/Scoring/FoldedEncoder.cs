using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Scoring;

/// <summary>
/// A trained encoder as the ranking needs it: each batch normalisation, constant in eval mode, is folded into the convolution
/// before it. Equal to <see cref="Vae.Mean"/> in eval mode up to rounding (1e-5), or roughly so in bfloat16.
/// </summary>
internal sealed class FoldedEncoder : IDisposable
{
    private readonly Vae _vae;
    private readonly ScalarType? _precision;
    private readonly (Tensor Weight, Tensor Bias)[] _stages;

    /// <param name="precision">of the convolutions; null: the module's own</param>
    public FoldedEncoder(Vae vae, ScalarType? precision = null)
    {
        using var noGrad = no_grad();
        (_vae, _precision) = (vae, precision);
        _stages = [.. vae.Stages.Select(s =>
        {
            using var scope = NewDisposeScope();
            var scale = s.Norm.weight / (s.Norm.running_var! + s.Norm.eps).sqrt();   // γ/σ, (C)
            var weight = s.Convolution.weight * scale.view(-1, 1, 1, 1);
            var bias = s.Norm.bias! - s.Norm.running_mean! * scale;
            return (In(weight).DetachFromDisposeScope(), In(bias).DetachFromDisposeScope());
        })];
    }

    /// <summary>(B, C, S, S) → μ, (B, Z)</summary>
    public Tensor Mean(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = In(x);
        foreach (var (weight, bias) in _stages) h = conv2d(h, weight, bias, strides: [2, 2], padding: [1, 1]).relu_();
        return _vae.Mu(h.flatten(1).to(x.dtype)).MoveToOuterDisposeScope();
    }

    private Tensor In(Tensor x) => _precision is { } p ? x.to(p) : x;

    public void Dispose()
    {
        foreach (var (weight, bias) in _stages)
        {
            weight.Dispose();
            bias.Dispose();
        }
    }
}
