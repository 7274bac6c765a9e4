using System.Numerics.Tensors;

namespace Vaal.Heads;

/// <summary>What stands between the features and the last layer of the task model <c>mlp</c>: max(0, weight · x +
/// bias).</summary>
/// <param name="Weights">(H, F)</param>
/// <param name="Biases">(H)</param>
internal sealed record HiddenLayer(double[] Weights, double[] Biases)
{
    /// <summary>H.</summary>
    public int Units => Biases.Length;

    /// <param name="x">(F)</param>
    public double[] Of(ReadOnlySpan<float> x)
    {
        var (wide, y) = (new double[x.Length], new double[Units]);
        for (var f = 0; f < wide.Length; f++) wide[f] = x[f];
        for (var h = 0; h < y.Length; h++)
            y[h] = Math.Max(0, Biases[h]
                + TensorPrimitives.Dot<double>(Weights.AsSpan(h * wide.Length, wide.Length), wide));
        return y;
    }
}
