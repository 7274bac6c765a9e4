using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// Dropout whose mask comes from a generator that the owner sets, where libtorch's own draws from the global one.
/// In training the mask is drawn element by element in row order: rows that follow one another get the same masks
/// however they are cut into batches. In <see cref="Sampling"/> there is one mask of features for the whole batch.
/// </summary>
internal sealed class Dropout : nn.Module<Tensor, Tensor>
{
    /// <param name="p">share of elements that are set to zero, 0 ≤ p &lt; 1</param>
    public Dropout(double p) : base(nameof(Dropout))
    {
        if (p is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "0 ≤ p < 1");
        P = p;
        RegisterComponents();
    }

    public double P { get; }

    /// <summary>Source of the masks; not owned.</summary>
    public Generator? Generator { get; set; }

    /// <summary>
    /// Drop in eval mode as well (MC-dropout), while batch normalisation stays in eval mode. Every row, and of maps
    /// every position, gets the same mask: dropped features are dropped weights, so that the batch passes through one
    /// network drawn from the posterior.
    /// </summary>
    public bool Sampling { get; set; }

    public override Tensor forward(Tensor x)
    {
        if (P == 0 || !(training || Sampling)) return x.alias();
        if (Generator is null)
            throw new InvalidOperationException("dropout is active but has no generator for its masks");
        using var scope = NewDisposeScope();
        // rand, not bernoulli_: the latter draws a number per batch where libtorch was built with MKL. Always
        // float32: the mask is then the same in float64.
        long[] shape = training ? x.shape : [1, x.shape[1], .. Enumerable.Repeat(1L, x.shape.Length - 2)];
        var kept = rand(shape, dtype: ScalarType.Float32, device: Generator.device, generator: Generator)
            .ge(P).to(x.device);
        return (x * kept.to(x.dtype).mul_(1 / (1 - P))).MoveToOuterDisposeScope();
    }
}

internal static class DropoutExtensions
{
    /// <summary>Sets the generator of every dropout layer in <paramref name="module"/>.</summary>
    public static void DrawDropoutFrom(this nn.Module module, Generator? generator)
    {
        foreach (var dropout in module.modules().OfType<Dropout>()) dropout.Generator = generator;
    }
}
