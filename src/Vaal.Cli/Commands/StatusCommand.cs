using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal status</c>: where the workspace stands, and what to do next.</summary>
internal static class StatusCommand
{
    private const int MostClasses = 30, MostOutliers = 3;

    /// <summary>Of the data sets on which the default choice saved labels, the least agreement of the labels that it
    /// chose (docs/results/no-gain.md).</summary>
    private const double LeastThatGained = 0.35;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var verbose =
            new Option<bool>("--verbose") { Description = "also say why the last ranking can or cannot be trusted" };
        var command =
            new VaalCommand("status", "counts, labels per class, rounds, the last verdict, and what to do next",
        [
            "vaal status",
            "vaal status --json    # for programs",
        ])
        {
            where.Folder, verbose, json,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var status = workspace.Status(coverage: true);
            if (parsed.GetValue(json)) Output.Json(status);
            else Print(workspace, status, parsed.GetValue(verbose));
            return Run.Done;
        });
        return command;
    }

    private static void Print(Workspace workspace, WorkspaceStatus s, bool verbose)
    {
        Counts(workspace, s);
        if (s.Classes.Count > 0) Classes(s, workspace.DeclaredClasses);
        if (workspace.Rounds() is { Count: > 0 } rounds) Rounds(rounds);
        Output.Line();
        if (s.Test > 0) Output.Line(workspace.Worth().Words);
        if (VerdictText.Short(s.Trust) is { } verdict) Output.Line($"last ranking: {verdict}");
        if (verbose && s.Verdict is { } why) Output.Line($"why: {why}");
        if (s.Coverage is { } covered)
            Output.Line(string.Create(Invariant, $"coverage: about {100 * covered:0}% of the unlabelled images have a ")
                + "labelled one among the 1% of the pool most like them");
        if (s.Agreement is { } agreement) Agreement(agreement);
        if (s.Unlike is { } unlike) Output.Line($"labels: {unlike}");
        NextSteps(s);
    }

    /// <summary>What to do now, as each command of the user's own images ends.</summary>
    public static void NextSteps(WorkspaceStatus status)
    {
        if (status.Reminder is { } reminder) Output.Line($"test set: {reminder}");
        Output.Line($"next: {status.Next}");
    }

    // whether choosing by features can help at all
    private static void Agreement(Interval above)
    {
        Output.Line(string.Create(Invariant, $"features: labelled images that are most alike have one class ")
            + string.Create(Invariant, $"{100 * above.Estimate:0}% above chance ")
            + string.Create(Invariant, $"(95% CI {100 * above.Low:0} to {100 * above.High:0}%)"));
        if (above.High < LeastThatGained)
            Output.Line(string.Create(Invariant, $"  below {100 * LeastThatGained:0}% the default choice saved no ")
                + "labels on any data set that was measured; another encoder may help ('vaal encoder list')");
    }

    private static void Counts(Workspace workspace, WorkspaceStatus s)
    {
        Output.Line($"{Counted.Of(s.Images, "image")} in {workspace.Root}");
        var ofThem = Listed((s.Elsewhere, "of them elsewhere"), (s.ChosenInParts, "of them chosen in parts"));
        var some = ofThem.Length > 0 ? $" ({ofThem})" : "";
        var marked = s.Unsure + s.Unusable == 0 ? ""
            : $", {Listed((s.Unsure, "marked as unsure"), (s.Unusable, "marked as unusable"))}";
        Output.Line($"  {s.Labelled:N0} labelled{some}, {s.Unlabelled:N0} unlabelled{marked}");
        if (s.Test > 0) Output.Line($"  {s.Test:N0} in the test set, {s.TestLabelled:N0} of them labelled");
        if (s.NearDuplicates > 0)
            Output.Line($"  {s.NearDuplicates:N0} look alike, in {Counted.Of(s.NearGroups, "group")}");
        if (workspace.FeatureLook is { } look) Features(look);
        var leftOut = Listed(
            (s.Broken, "cannot be used"),
            (s.Duplicates, s.Duplicates == 1 ? "is a duplicate" : "are duplicates"),
            (s.Removed, s.Removed == 1 ? "was removed" : "were removed"));
        if (leftOut.Length > 0) Output.Line($"  left out: {leftOut}");
    }

    private static void Features(FeatureLook look)
    {
        var (near, alike) = (look.Near.Sum(g => g.Count), look.Near.Count);
        var found = Listed(
            (look.Without, $"{Counted.Has(look.Without)} none"),
            (near, $"are nearly the same, in {Counted.Of(alike, "group")}"),
            (look.Outliers.Count, $"{Counted.Is(look.Outliers.Count)} like no other"));
        Output.Line($"  {look.Images:N0} {Counted.Has(look.Images)} features of {look.Encoder}"
            + (found.Length > 0 ? $"; {found}" : ""));
        if (look.Outliers.Count > 0)
            Output.Line($"  like no other: {string.Join(", ", look.Outliers.Take(MostOutliers))}"
                + (look.Outliers.Count > MostOutliers ? ", …" : ""));
    }

    private static string Listed(params (int Count, string What)[] counts) =>
        string.Join(", ", counts.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}"));

    private static void Classes(WorkspaceStatus s, IReadOnlyList<string> declared)
    {
        Output.Line();
        ClassesCommand.Table(s.Classes.Take(MostClasses), declared).Print();
        if (s.Classes.Count > MostClasses)
            Output.Line($"and {Counted.Of(s.Classes.Count - MostClasses, "more class", "more classes")}; "
                + "'vaal classes list' has all");
        var empty = s.Classes.Count(c => c.Pool == 0);
        if (empty > 0) Output.Line($"{empty:N0} {(empty == 1 ? "class has" : "classes have")} no label in the pool");
        if (s.Skew == 1) Output.Line($"every {(empty > 0 ? "other " : "")}class has the same number of labels");
        else if (s.Skew?.ToString("0.##", Invariant) is { } skew)
            Output.Line($"the most frequent class has {skew} times the labels of the rarest");
    }

    private static void Rounds(IReadOnlyList<RoundRow> rounds)
    {
        Output.Line();
        var table = new Table("round", "strategy", "chosen", "labelled", "when", "minutes");
        foreach (var r in rounds)
        {
            var strategy = r.Undone is null ? r.Strategy : $"{r.Strategy} (taken back)";
            table.Add($"{r.Id}", strategy, r.Chosen, $"{r.Labelled}",
                r.Finished.ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant),
                (r.Finished - r.Started).TotalMinutes.ToString("0.0", Invariant));
        }
        table.Print();
    }
}
