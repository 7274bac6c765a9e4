using Vaal.Cli.Terminal;
using Vaal.Cluster;

namespace Vaal.Cli.Commands;

/// <summary>What <c>vaal cluster</c> prints of jobs and of what they came to.</summary>
internal static class ClusterOutput
{
    private const int MostPicks = 10;

    public static void Print(IReadOnlyList<JobProgress> jobs)
    {
        if (jobs.Count == 0) Output.Line("no jobs");
        if (jobs.Count == 0) return;
        var table = new Table("job", "state", "stage", "shards", "leased", "lost", "images/s", "left");
        foreach (var job in jobs)
            table.Add(job.Name, job.State, job.Stage, $"{job.Done:N0}/{job.Shards:N0}", $"{job.Leased:N0}",
                $"{job.Lost:N0}", $"{job.ImagesASecond:N0}",
                job.SecondsLeft is { } left ? $"{TimeSpan.FromSeconds(Math.Ceiling(left)):g}" : "");
        table.Print();
        foreach (var job in jobs)
        {
            if (job.Note is { } note) Output.Line($"{job.Name}: {note}");
            foreach (var refused in job.RefusedWorkers) Output.Line($"{job.Name}: refused worker {refused}");
        }
    }

    public static void Print(JobOutcome outcome, bool json)
    {
        if (json)
        {
            Output.Json(new
            {
                outcome.Name,
                outcome.Output,
                outcome.Images,
                outcome.LeftOut,
                unreadableCount = outcome.Unreadable.Count,
                unreadable = outcome.Unreadable.First.Select(u => new { u.Location, u.Problem }),
                outcome.Picks,
            });
            return;
        }
        var table = new Table("rank", "score", "image");
        foreach (var pick in outcome.Picks.Take(MostPicks))
            table.Add($"{pick.Rank}", ProgressText.Number(pick.Score), pick.Location);
        table.Print();
        if (outcome.Picks.Count > MostPicks) Output.Line($"and {outcome.Picks.Count - MostPicks:N0} more");
        foreach (var (location, problem) in outcome.Unreadable.First.Take(MostPicks))
            Output.Line($"no features of {location}: {problem}");
        if (outcome.Unreadable.Count > MostPicks)
            Output.Line($"no features of {outcome.Unreadable.Count - MostPicks:N0} more; --json names up to 1,000");
        Output.Line(outcome.Picks.Count == 0
            ? $"features of {Counted.Of(outcome.Images - outcome.Unreadable.Count, "image")}; they are in "
                + $"{outcome.Output}/rows"
            : $"{outcome.Picks.Count:N0} of {Counted.Of(outcome.Images, "image")} chosen; "
                + $"{outcome.Output}/choose/0000/000000.json has them all");
    }
}
