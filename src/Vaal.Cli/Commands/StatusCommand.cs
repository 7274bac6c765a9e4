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

    public static Command Create(CancellationToken stop)
    {
        _ = stop;
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new Command("status", "counts, labels a class, rounds, the last ranking's health, and what to do next") { where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var status = workspace.Status();
            if (parsed.GetValue(json)) Output.Json(status);
            else Print(status);
            return Run.Done;
        });
        return command;
    }

    private static void Print(WorkspaceStatus s)
    {
        Console.WriteLine($"{s.Images:N0} images in {s.Root}");
        string[] ofThem = [.. new (int Count, string What)[] { (s.Elsewhere, "elsewhere"), (s.ChosenInParts, "chosen in parts") }.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} of them {c.What}")];
        Console.WriteLine($"  {s.Labelled:N0} labelled{(ofThem.Length > 0 ? $" ({string.Join(", ", ofThem)})" : "")}, {s.Unlabelled:N0} not yet");
        if (s.Test > 0) Console.WriteLine($"  {s.Test:N0} in the test set, {s.TestLabelled:N0} of them labelled");
        if (s.NearDuplicates > 0) Console.WriteLine($"  {s.NearDuplicates:N0} look alike, in {s.NearGroups:N0} groups");
        string[] leftOut = [.. new (int Count, string What)[] { (s.Broken, "cannot be used"), (s.Duplicates, "are duplicates"), (s.Removed, "were removed") }.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}")];
        if (leftOut.Length > 0) Console.WriteLine($"  left out: {string.Join(", ", leftOut)}");
        if (s.Classes.Count > 0)
        {
            Console.WriteLine();
            var table = new Table("class", "labels", "share");
            var all = s.Classes.Sum(c => (double)c.Images);
            foreach (var c in s.Classes.Take(MostClasses)) table.Add(c.Class, c.Images.ToString(Invariant), (c.Images / all).ToString("0.0%", Invariant));
            table.Print();
            if (s.Classes.Count > MostClasses) Console.WriteLine($"and {s.Classes.Count - MostClasses} classes with fewer");
            if (s.Skew is { } skew) Console.WriteLine(skew == 1 ? "every class has as many" : string.Create(Invariant, $"the most frequent class has {skew:0.##} times the labels of the rarest"));
        }
        if (s.Rounds.Count > 0)
        {
            Console.WriteLine();
            var table = new Table("round", "strategy", "chosen", "labelled", "when", "minutes");
            foreach (var r in s.Rounds)
                table.Add($"{r.Id}", r.Undone is null ? r.Strategy : $"{r.Strategy} (taken back)", r.Chosen, $"{r.Labelled}", r.Finished.ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant), (r.Finished - r.Started).TotalMinutes.ToString("0.0", Invariant));
            table.Print();
        }
        Console.WriteLine();
        if (s.Test > 0) Console.WriteLine(s.Worth.Words);
        if (s.Verdict is { } verdict) Console.WriteLine($"last ranking: {verdict}");
        Console.WriteLine($"next: {s.Next}");
    }
}
