using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal status</c>: where the workspace stands, and what to do next.</summary>
internal static class StatusCommand
{
    private const int MostClasses = 30;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var verbose = new Option<bool>("--verbose") { Description = "also say why the last ranking can or cannot be trusted" };
        var command = new VaalCommand("status", "counts, labels per class, rounds, the last verdict, and what to do next",
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
            var status = workspace.Status();
            if (parsed.GetValue(json)) Output.Json(status);
            else Print(status, parsed.GetValue(verbose));
            return Run.Done;
        });
        return command;
    }

    private static void Print(WorkspaceStatus s, bool verbose)
    {
        Counts(s);
        if (s.Classes.Count > 0) Classes(s);
        if (s.Rounds.Count > 0) Rounds(s);
        Output.Line();
        if (s.Test > 0) Output.Line(s.Worth.Words);
        if (VerdictText.Short(s.Health) is { } verdict) Output.Line($"last ranking: {verdict}");
        if (verbose && s.Verdict is { } why) Output.Line($"why: {why}");
        Output.Line($"next: {s.Next}");
    }

    private static void Counts(WorkspaceStatus s)
    {
        Output.Line($"{s.Images:N0} images in {s.Root}");
        var ofThem = Listed((s.Elsewhere, "of them elsewhere"), (s.ChosenInParts, "of them chosen in parts"));
        Output.Line($"  {s.Labelled:N0} labelled{(ofThem.Length > 0 ? $" ({ofThem})" : "")}, {s.Unlabelled:N0} unlabelled");
        if (s.Test > 0) Output.Line($"  {s.Test:N0} in the test set, {s.TestLabelled:N0} of them labelled");
        if (s.NearDuplicates > 0) Output.Line($"  {s.NearDuplicates:N0} look alike, in {s.NearGroups:N0} groups");
        var leftOut = Listed((s.Broken, "cannot be used"), (s.Duplicates, "are duplicates"), (s.Removed, "were removed"));
        if (leftOut.Length > 0) Output.Line($"  left out: {leftOut}");
    }

    private static string Listed(params (int Count, string What)[] counts) =>
        string.Join(", ", counts.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}"));

    private static void Classes(WorkspaceStatus s)
    {
        Output.Line();
        var table = new Table("class", "labels", "share");
        var all = s.Classes.Sum(c => (double)c.Images);
        foreach (var c in s.Classes.Take(MostClasses))
            table.Add(c.Class, c.Images.ToString(Invariant), (c.Images / all).ToString("0.0%", Invariant));
        table.Print();
        if (s.Classes.Count > MostClasses) Output.Line($"and {s.Classes.Count - MostClasses} classes with fewer");
        if (s.Skew == 1) Output.Line("every class has as many");
        else if (s.Skew is { } skew)
            Output.Line(string.Create(Invariant, $"the most frequent class has {skew:0.##} times the labels of the rarest"));
    }

    private static void Rounds(WorkspaceStatus s)
    {
        Output.Line();
        var table = new Table("round", "strategy", "chosen", "labelled", "when", "minutes");
        foreach (var r in s.Rounds)
        {
            table.Add($"{r.Id}", r.Undone is null ? r.Strategy : $"{r.Strategy} (taken back)", r.Chosen, $"{r.Labelled}",
                r.Finished.ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant),
                (r.Finished - r.Started).TotalMinutes.ToString("0.0", Invariant));
        }
        table.Print();
    }
}
