using System.Globalization;

namespace Vaal.Workspaces;

public sealed partial class WorkspaceStatus
{
    private const int MostClasses = 30, MostOutliers = 3;

    /// <summary>Of the data sets on which the default choice saved labels, the least agreement of the labels that it
    /// chose (docs/results/no-gain.md).</summary>
    private const double LeastThatGained = 0.35;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        .. Counts().Select(TextBlock.Of),
        .. Classes.Count > 0 ? OfClasses() : [],
        .. Rounds.Count > 0 ? OfRounds() : [],
        .. Worths(verbose).Select(TextBlock.Of),
        .. Steps(),
    ];

    /// <summary>What to do now, as each command of the user's own images ends.</summary>
    internal IEnumerable<TextBlock> Steps() => Steps(Reminder, Next);

    internal static IEnumerable<TextBlock> Steps(string? reminder, string next)
    {
        if (reminder is not null) yield return TextBlock.Of($"test set: {reminder}");
        yield return TextBlock.Of($"next: {next}");
    }

    /// <summary>The verdict on the last ranking, where it has one.</summary>
    internal string? Verdict => Ranking?.Verdict;

    private RankingHealth? Ranking => Health is null ? null : RankingHealth.Parse(Health);

    // of rankings, labels and features
    private IEnumerable<string> Worths(bool verbose)
    {
        yield return "";
        if (Test > 0) yield return Worth.Words;
        if (VerdictText.Short(Ranking?.Trust) is { } verdict) yield return $"last ranking: {verdict}";
        if (verbose && Verdict is { } why) yield return $"why: {why}";
        if (Coverage is { } covered)
            yield return string.Create(Invariant, $"coverage: about {100 * covered:0}% of the unlabelled images ")
                + "have a labelled one among the 1% of the pool most like them";
        if (Agreement is { } above)
        {
            // whether choosing by features can help at all
            yield return string.Create(Invariant, $"features: labelled images that are most alike have one class ")
                + string.Create(Invariant, $"{100 * above.Estimate:0}% above chance ")
                + string.Create(Invariant, $"(95% CI {100 * above.Low:0} to {100 * above.High:0}%)");
            if (above.High < LeastThatGained)
                yield return string.Create(Invariant, $"  below {100 * LeastThatGained:0}% the default choice saved ")
                    + "no labels on any data set that was measured; another encoder may help ('vaal encoder list')";
        }
        if (Unlike is { } unlike) yield return $"labels: {unlike}";
    }

    private IEnumerable<string> Counts()
    {
        yield return $"{Counted.Of(Images, "image")} in {Root}";
        var ofThem = Listed((Elsewhere, "of them elsewhere"), (ChosenInParts, "of them chosen in parts"));
        var some = ofThem.Length > 0 ? $" ({ofThem})" : "";
        var marked = Unsure + Unusable == 0 ? ""
            : $", {Listed((Unsure, "marked as unsure"), (Unusable, "marked as unusable"))}";
        yield return $"  {Labelled:N0} labelled{some}, {Unlabelled:N0} unlabelled{marked}";
        if (Test > 0) yield return $"  {Test:N0} in the test set, {TestLabelled:N0} of them labelled";
        if (NearDuplicates > 0)
            yield return $"  {NearDuplicates:N0} look alike, in {Counted.Of(NearGroups, "group")}";
        if (Features is { } look)
        {
            var (near, alike) = (look.Near.Sum(g => g.Count), look.Near.Count);
            var found = Listed(
                (look.Without, $"{Counted.Has(look.Without)} none"),
                (near, $"are nearly the same, in {Counted.Of(alike, "group")}"),
                (look.Outliers.Count, $"{Counted.Is(look.Outliers.Count)} like no other"));
            yield return $"  {look.Images:N0} {Counted.Has(look.Images)} features of {look.Encoder}"
                + (found.Length > 0 ? $"; {found}" : "");
            if (look.Outliers.Count > 0)
                yield return $"  like no other: {string.Join(", ", look.Outliers.Take(MostOutliers))}"
                    + (look.Outliers.Count > MostOutliers ? ", …" : "");
        }
        var leftOut = Listed(
            (Broken, "cannot be used"),
            (Duplicates, Duplicates == 1 ? "is a duplicate" : "are duplicates"),
            (Removed, Removed == 1 ? "was removed" : "were removed"));
        if (leftOut.Length > 0) yield return $"  left out: {leftOut}";
    }

    private static string Listed(params (int Count, string What)[] counts) =>
        string.Join(", ", counts.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}"));

    private IEnumerable<TextBlock> OfClasses()
    {
        yield return TextBlock.Of("");
        yield return ClassesReport.Table(Classes.Take(MostClasses), Declared);
        if (Classes.Count > MostClasses)
            yield return TextBlock.Of($"and {Counted.Of(Classes.Count - MostClasses, "more class", "more classes")}; "
                + "'vaal classes list' has all");
        var empty = Classes.Count(c => c.Pool == 0);
        if (empty > 0)
            yield return TextBlock.Of($"{Counted.Of(empty, "class has", "classes have")} no label in the pool");
        if (Skew == 1)
            yield return TextBlock.Of($"every {(empty > 0 ? "other " : "")}class has the same number of labels");
        else if (Skew?.ToString("0.##", Invariant) is { } skew)
            yield return TextBlock.Of($"the most frequent class has {skew} times the labels of the rarest");
    }

    private IEnumerable<TextBlock> OfRounds()
    {
        yield return TextBlock.Of("");
        yield return TextBlock.Table(["round", "strategy", "chosen", "labelled", "when", "minutes"],
            Rounds.Select(r => new[]
            {
                $"{r.Id}", r.Undone is null ? r.Strategy : $"{r.Strategy} (taken back)", r.Chosen, $"{r.Labelled}",
                r.Finished.ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant),
                (r.Finished - r.Started).TotalMinutes.ToString("0.0", Invariant),
            }));
    }
}
