using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Stored feature vectors as examples, (B, F): VAAL in feature space is the same training with
/// <see cref="FeatureVae"/>. They are standardised column by column, because the ELBO adds up the squared errors of the
/// columns.
/// </summary>
internal sealed class FeatureExamples : IExamples, IDisposable
{
    private const int Hidden = 512;

    /// <param name="features">a row for each image, (N, F), finite, float32 or float64; copied, not kept</param>
    /// <exception cref="InputException">there is no row or no column, or a number is not finite</exception>
    public FeatureExamples(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2 || features.numel() == 0)
            throw new InputException($"expected features (N, F), found ({string.Join(", ", features.shape)})");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = features.cpu().to(ScalarType.Float64);
        if (!double.IsFinite(x.abs().sum().item<double>()))
            throw new InputException("expected finite features, found NaN or an infinite number");
        var deviation = x.std(0, unbiased: false);                               // (F)
        var rows = (x - x.mean([0])) / where(deviation.gt(1e-12), deviation, ones_like(deviation));
        Rows = rows.to(ScalarType.Float32).contiguous().DetachFromDisposeScope();
    }

    /// <summary>The standardised rows, (N, F), float32, on the CPU.</summary>
    internal Tensor Rows { get; }

    /// <inheritdoc/>
    public int Count => (int)Rows.shape[0];

    /// <inheritdoc/>
    public Tensor Batch(ReadOnlySpan<int> ids, Generator random)
    {
        var rows = new long[ids.Length];
        for (var i = 0; i < rows.Length; i++) rows[i] = ids[i];
        using var scope = NewDisposeScope();
        return Rows.index_select(0, tensor(rows)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public AutoEncoder CreateVae(VaalOptions options, int conditions, Generator random)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FeatureVae((int)Rows.shape[1], Hidden, options.LatentDim, conditions).Initialised(random);
    }

    /// <summary>Frees the rows.</summary>
    public void Dispose() => Rows.Dispose();
}
