using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Scoring;

/// <summary>
/// Encoder → μ → D in bfloat16 for a first pass over a pool (<see cref="Shortlist"/>): about
/// <see cref="FoldedEncoder"/>'s numbers in less than half the time. Maps and weights have their channels last, so
/// oneDNN does not reorder them between layers. The windows of the last convolution lie half in the padding; it is
/// computed as four products without the padding.
/// </summary>
internal sealed class BFloat16Scorer : IDisposable
{
    private readonly (Tensor Weight, Tensor Bias)[] _stages;
    private readonly (Tensor Weight, long Row, long Column)[] _corners;
    private readonly Tensor _lastBias, _muWeight, _muBias;
    private readonly (Tensor Weight, Tensor Bias)[] _d;

    public BFloat16Scorer(Vae vae, Discriminator d)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var folded = new FoldedEncoder(vae);
        _stages = [.. folded.Stages.SkipLast(1).Select(s => (Kept(ChannelsLast.Of(s.Weight)), Kept(s.Bias)))];
        // (O, C, 4, 4): windows of a 4×4 map begin a row and a column before it, or end one after
        var (last, bias) = folded.Stages[^1];
        _corners = [.. from row in (long[])[0, 1] from column in (long[])[0, 1]
            select (Kept(Corner(row, column)), row, column)];
        _lastBias = Kept(bias);
        var (mu, muBias) = vae.LastLinear;
        // (Z, O, 4) → (Z, 4, O), as the corners come
        _muWeight = Kept(mu.view(mu.shape[0], -1, 4).transpose(1, 2).flatten(1));
        _muBias = Kept(muBias);
        _d = [.. d.Layers.Select(l => (Kept(l.Weight), Kept(l.Bias)))];

        // (O, 9·C)
        Tensor Corner(long row, long column) =>
            last.narrow(2, 1 - row, 3).narrow(3, 1 - column, 3).permute(0, 2, 3, 1).flatten(1);
        static Tensor Kept(Tensor t) => t.to(ScalarType.BFloat16, copy: true).DetachFromDisposeScope();
    }

    /// <summary>D's logits, (B, 1), float32.</summary>
    /// <param name="x">(B, C, S, S), float32</param>
    /// <param name="r">(B, 1), where D sees it beside μ; null: there is none</param>
    public Tensor Logits(Tensor x, Tensor? r)
    {
        using var scope = NewDisposeScope();
        var h = ChannelsLast.Of(x.to(ScalarType.BFloat16));
        foreach (var (weight, bias) in _stages) h = conv2d(h, weight, bias, strides: [2, 2], padding: [1, 1]).relu_();
        var maps = h.permute(0, 2, 3, 1);                                          // (B, 4, 4, C)
        var corners = _corners.Select(
            c => linear(maps.narrow(1, c.Row, 3).narrow(2, c.Column, 3).flatten(1), c.Weight, _lastBias).relu_());
        h = linear(cat([.. corners], 1), _muWeight, _muBias);                      // (B, Z)
        if (r is not null) h = cat([h, r.to(ScalarType.BFloat16)], 1);
        for (var i = 0; i < _d.Length; i++)
        {
            h = linear(h, _d[i].Weight, _d[i].Bias);
            if (i < _d.Length - 1) h = h.relu_();
        }
        return h.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (weight, bias) in _stages.Concat(_d))
        {
            weight.Dispose();
            bias.Dispose();
        }
        foreach (var corner in _corners) corner.Weight.Dispose();
        _lastBias.Dispose();
        _muWeight.Dispose();
        _muBias.Dispose();
    }
}
