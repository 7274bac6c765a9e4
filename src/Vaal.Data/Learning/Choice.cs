namespace Vaal.Data.Learning;

/// <summary>A batch that was chosen.</summary>
/// <param name="Strategy">name of the query strategy that chose</param>
/// <param name="Selection">ids in the pool, best first, and their scores where the strategy gives any</param>
/// <param name="Reasons">of each image, in words</param>
/// <param name="ColdStart">no image had a label, so the batch is spread out</param>
/// <param name="Options">the options that were used, as a JSON object</param>
/// <param name="Health">of the ranking, as a JSON object; null where no discriminator was trained</param>
internal sealed record Choice(
    string Strategy, Selection Selection, IReadOnlyList<string> Reasons, bool ColdStart, string Options,
    string? Health)
{
    /// <summary>Reason of every pick if no more images are left than the budget asks for.</summary>
    internal const string AllThatIsLeft = "all that is left";

    /// <summary>Reason of every pick if more images are left, and each of them looks like a pick.</summary>
    internal const string AllThatDiffer = "unlike the other picks";
}
