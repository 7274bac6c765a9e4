namespace Vaal.Cli.Terminal;

/// <summary>The verdict on a ranking in one sentence that says what to do. The numbers are in the verdict's own
/// words.</summary>
internal static class VerdictText
{
    /// <returns>null where there is no verdict</returns>
    public static string? Short(Trust? trust) => trust switch
    {
        null => null,
        Trust.Informative => "This ranking is informative: label these images, then run 'vaal import FILE'.",
        Trust.Weak => "This ranking may be no better than random: label these images, "
            + "or run 'vaal undo' and 'vaal next --strategy random'.",
        Trust.NoBetterThanRandom => "This ranking is no better than random: run 'vaal undo' and "
            + "'vaal next --strategy random', or with an encoder 'vaal next --strategy coverage'.",
        _ => "This ranking cannot be judged: that takes 50 labels that no strategy chose, and 50 unlabelled images. "
            + "'vaal next --strategy random' chooses images for such labels.",
    };
}
