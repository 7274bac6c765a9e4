namespace Vaal.Bench;

/// <summary>Features that look like an encoder's: classes, a ReLU, many zeros.</summary>
internal static class Made
{
    /// <returns>(n, width)</returns>
    public static float[] Features(int n, int width, int classes, int seed = 1)
    {
        var random = new Random(seed);
        float[] centres = [.. Enumerable.Range(0, classes * width).Select(_ => Normal(random))];
        var values = new float[n * width];
        Parallel.For(0, n, i =>
        {
            var own = new Random(seed * 1_000_003 + i);
            var at = own.Next(classes) * width;
            for (var k = 0; k < width; k++) values[i * width + k] = Math.Max(0, centres[at + k] + 0.5f * Normal(own));
        });
        return values;
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
