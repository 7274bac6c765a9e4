namespace Vaal.Workspaces;

/// <summary>The verdict on a ranking in one sentence. The numbers are in the verdict's own words. What to do about it
/// depends on what was done since, and is in <see cref="WorkspaceStatus.Next"/>.</summary>
internal static class VerdictText
{
    /// <returns>null where there is no verdict</returns>
    public static string? Short(Trust? trust) => trust switch
    {
        null => null,
        Trust.Informative => "This ranking is informative.",
        Trust.Weak => "This ranking may be no better than random.",
        Trust.NoBetterThanRandom => "This ranking is no better than random.",
        _ => "This ranking cannot be judged: that takes 50 labels that no strategy chose, and 50 unlabelled images. "
            + "'vaal next --strategy random' chooses images for such labels.",
    };
}
