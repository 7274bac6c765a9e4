namespace Vaal.Coverage;

/// <summary>
/// How alike two rows are, 0..1, by their closeness (−½ squared distance, at most 0). Never falls as they come nearer.
/// </summary>
internal readonly struct Likeness
{
    private readonly double _scale;

    private Likeness(double scale) => _scale = scale;

    /// <summary>The cosine where it is above 0: facility location. A row that equals the mean is half like every
    /// other.</summary>
    public static Likeness Cosine => default;

    /// <summary>exp(−‖x − y‖² / 2σ²).</summary>
    public static Likeness Gaussian(double sigma) => new(1 / (sigma * sigma));

    /// <summary>0 where nothing is near: a closeness of −∞.</summary>
    public double Of(double closeness) => _scale > 0 ? Math.Exp(closeness * _scale) : Math.Max(0, 1 + closeness);

    /// <summary>The same of many, in place.</summary>
    public void Of(Span<float> closeness)
    {
        if (_scale > 0)
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(closeness, (float)_scale, closeness);
            System.Numerics.Tensors.TensorPrimitives.Exp<float>(closeness, closeness);
            return;
        }
        System.Numerics.Tensors.TensorPrimitives.Add(closeness, 1f, closeness);
        System.Numerics.Tensors.TensorPrimitives.Max<float>(closeness, 0f, closeness);
    }
}
