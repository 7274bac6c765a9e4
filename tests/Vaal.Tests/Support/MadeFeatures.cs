namespace Vaal.Tests;

/// <summary>Features that look like an encoder's: classes, a ReLU, many zeros.</summary>
internal static class MadeFeatures
{
    /// <returns>(n, width), and the class of each row</returns>
    public static (float[] Values, int[] Classes) Of(int n, int width, int classes, int seed, double spread = 0.5)
    {
        var random = new Random(seed);
        double[] centres = [.. Enumerable.Range(0, classes * width).Select(_ => Normal(random))];
        int[] of = [.. Enumerable.Range(0, n).Select(_ => random.Next(classes))];
        var values = new float[n * width];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)Math.Max(0, centres[of[i / width] * width + i % width] + spread * Normal(random));
        return (values, of);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
