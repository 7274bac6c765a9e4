namespace Vaal.Heads;

/// <summary>How a linear head is fitted.</summary>
internal sealed record LinearHeadOptions
{
    /// <summary>
    /// C, the weight of the data against ½‖W‖²; above 0. 30 was chosen on random draws of photographs, for rows of
    /// length 1.
    /// </summary>
    public double C { get; init; } = 30;

    /// <summary>Weighs each class alike, whatever its share: v = N / (K · N_k).</summary>
    public bool Balanced { get; init; }

    /// <summary>An image may have several labels: each class has a sigmoid of its own.</summary>
    public bool MultiLabel { get; init; }

    /// <summary>
    /// The fit ends when the gradient is no longer than this. Probabilities are then off by half as much at most.
    /// </summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>
    /// Of a head that is fitted again and again, a few labels later each time: a fit that begins from another ends at
    /// <see cref="RefitTolerance"/>, and a fit whose curvature is old takes it anew where it ended. The next one then
    /// needs fewer passes.
    /// </summary>
    public bool Refitted { get; init; }

    /// <summary>The passes of a refit are in float64 too, as those of a first fit are. It takes twice as long, and ends
    /// at the same tolerance.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// As <see cref="Tolerance"/>, of a refit. Measured probabilities are within 1e-5 of those at the minimum.
    /// </summary>
    public const double RefitTolerance = 1e-2;

    /// <summary>Passes over the rows at most.</summary>
    public int MostIterations { get; init; } = 2_000;

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(C > 0 && double.IsFinite(C))) yield return $"expected a weight C above 0, found {C}";
        if (!(Tolerance > 0)) yield return $"expected a tolerance above 0, found {Tolerance}";
        if (MostIterations < 1) yield return $"expected at least 1 iteration, found {MostIterations}";
    }
}
