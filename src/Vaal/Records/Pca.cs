using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>Points of many dimensions on their first two principal components.</summary>
/// <param name="X">along the first component, one a point</param>
/// <param name="Y">along the second</param>
/// <param name="ExplainedX">share of the points' variance that the first component carries, 0..1</param>
/// <param name="ExplainedY">the same of the second</param>
internal sealed record Pca(IReadOnlyList<float> X, IReadOnlyList<float> Y, double ExplainedX, double ExplainedY)
{
    /// <summary>Projects centred points. The largest loading of each component is positive, so that the same points
    /// give the same picture.</summary>
    /// <param name="points">(N, Z)</param>
    public static Pca Of(Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.dim() != 2) throw new ArgumentException($"points have {points.dim()} dimensions; expected (N, Z)");
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var (n, z) = (points.shape[0], points.shape[1]);
        if (n == 0) return new([], [], 0, 0);
        var x = points.to(ScalarType.Float64).cpu();
        x = x - x.mean([0], keepdim: true);
        var (values, vectors) = linalg.eigh(x.t().mm(x) / Math.Max(1, n - 1));          // ascending (Z), columns (Z, Z)
        var total = values.clamp_min(0).sum().item<double>();
        return new(Along(0), Along(1), Share(0), Share(1));

        float[] Along(int component)
        {
            if (component >= z) return new float[n];
            var direction = vectors[TensorIndex.Ellipsis, z - 1 - component];           // (Z)
            direction = direction * direction[direction.abs().argmax()].sign();
            return x.mv(direction).to(ScalarType.Float32).data<float>().ToArray();      // (N)
        }

        double Share(int component) =>
            component >= z || total <= 0 ? 0 : Math.Max(0, values[z - 1 - component].item<double>()) / total;
    }
}
