namespace Vaal.Heads;

/// <summary>What a prediction costs, in nats, and probabilities of logits, of one row.</summary>
internal static class CrossEntropy
{
    /// <summary>log Σ eᶻ − Σ t z, for targets that sum to 1.</summary>
    public static double OfOne(ReadOnlySpan<double> logits, ReadOnlySpan<double> target, double temperature = 1)
    {
        var highest = double.NegativeInfinity;
        foreach (var z in logits) highest = Math.Max(highest, z / temperature);
        var (sum, wanted) = (0.0, 0.0);
        for (var k = 0; k < logits.Length; k++)
        {
            sum += Math.Exp(logits[k] / temperature - highest);
            if (target[k] > 0) wanted += target[k] * (logits[k] / temperature);
        }
        return highest + Math.Log(sum) - wanted;
    }

    /// <summary>Σ log(1 + eᶻ) − t z.</summary>
    public static double OfSeveral(ReadOnlySpan<double> logits, ReadOnlySpan<double> target, double temperature = 1)
    {
        var sum = 0.0;
        for (var k = 0; k < logits.Length; k++)
        {
            var z = logits[k] / temperature;
            sum += Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))) - (target[k] > 0 ? target[k] * z : 0);
        }
        return sum;
    }

    /// <summary>One of the two.</summary>
    public static double Of(ReadOnlySpan<double> logits, ReadOnlySpan<double> target, bool several,
        double temperature = 1) =>
        several ? OfSeveral(logits, target, temperature) : OfOne(logits, target, temperature);

    /// <summary>Softmax, in place.</summary>
    public static void Softmax(Span<double> z)
    {
        var (highest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in z) highest = Math.Max(highest, logit);
        for (var k = 0; k < z.Length; k++) sum += z[k] = Math.Exp(z[k] - highest);
        for (var k = 0; k < z.Length; k++) z[k] /= sum;
    }
}
