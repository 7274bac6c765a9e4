namespace Vaal.Heads;

/// <summary>
/// Labels that spread over a graph order the classes well, but are far too unsure: with ten classes the first often has
/// a probability of 0.2 where it is right in half of the cases. As they are, they would pull a head towards nothing.
/// Raised to a power and divided by their sum, they become probabilities that hold: the power under which the labels
/// that were left out are likeliest.
/// </summary>
internal static class SpreadSharpness
{
    /// <summary>What the power usually is, and how far data sets lie apart in its logarithm: it decides where hardly
    /// any label can be left out (docs/results/transductive.md).</summary>
    internal const double Usual = 3, Apart = 0.5;

    private const double Most = 32, Least = 1e-12;
    private const int Steps = 41;

    /// <summary>The likeliest power, from 1 to 32.</summary>
    /// <param name="held">spread labels of rows whose own label was left out, and that label</param>
    public static double Of(IEnumerable<(Memory<float> Spread, int Class)> held)
    {
        var (rows, best, lowest) = (held.ToArray(), Usual, double.PositiveInfinity);
        for (var step = 0; step < Steps; step++)
        {
            var power = Math.Pow(Most, step / (Steps - 1.0));
            var away = (Math.Log(power) - Math.Log(Usual)) / Apart;
            var loss = rows.Sum(row => -Math.Log(Math.Max(Sharpened(row.Spread.Span, power)[row.Class], Least)))
                + away * away / 2;
            if (loss < lowest) (best, lowest) = (power, loss);
        }
        return best;
    }

    /// <summary>A row of probabilities raised to a power, with the sum 1; all 0 where the row is.</summary>
    public static double[] Sharpened(ReadOnlySpan<float> row, double power)
    {
        var (sharp, highest, sum) = (new double[row.Length], 0f, 0.0);
        foreach (var p in row) highest = Math.Max(highest, p);
        if (highest <= 0) return sharp;
        for (var c = 0; c < row.Length; c++) sum += sharp[c] = Math.Pow(row[c] / highest, power);
        for (var c = 0; c < row.Length; c++) sharp[c] /= sum;
        return sharp;
    }
}
