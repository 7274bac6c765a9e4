using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Scoring;

/// <summary>
/// A trained encoder as the ranking needs it: each batch normalisation, constant in eval mode, is folded into the
/// convolution before it. Equal to <see cref="Vae.Mean"/> in eval mode up to rounding (1e-5).
/// </summary>
internal sealed class FoldedEncoder : IDisposable
{
    private readonly Vae _vae;

    public FoldedEncoder(Vae vae)
    {
        using var noGrad = no_grad();
        _vae = vae;
        Stages = [.. vae.Stages.Select(s =>
        {
            using var scope = NewDisposeScope();
            var scale = s.Norm.weight / (s.Norm.running_var! + s.Norm.eps).sqrt();   // γ/σ, (C)
            var weight = s.Convolution.weight * scale.view(-1, 1, 1, 1);
            var bias = s.Norm.bias! - s.Norm.running_mean! * scale;
            return (weight.DetachFromDisposeScope(), bias.DetachFromDisposeScope());
        })];
    }

    /// <summary>Weights (O, C, 4, 4) and biases (O) of the convolutions (stride 2, padding 1), each with a ReLU after
    /// it.</summary>
    public IReadOnlyList<(Tensor Weight, Tensor Bias)> Stages { get; }

    /// <summary>(B, C, S, S) → μ, (B, Z)</summary>
    public Tensor Mean(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = x.alias();
        foreach (var (weight, bias) in Stages) h = conv2d(h, weight, bias, strides: [2, 2], padding: [1, 1]).relu_();
        return _vae.Mu(h.flatten(1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (weight, bias) in Stages)
        {
            weight.Dispose();
            bias.Dispose();
        }
    }
}
