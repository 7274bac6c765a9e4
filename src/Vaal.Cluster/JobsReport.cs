using System.Globalization;
using System.Text.Json;

namespace Vaal.Cluster;

/// <summary>How far jobs are, and what is wrong with them.</summary>
internal sealed class JobsReport(IReadOnlyList<JobProgress> jobs) : Report
{
    private static readonly string[] Columns =
        ["job", "state", "stage", "shards", "leased", "lost", "images/s", "left"];

    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        if (jobs.Count == 0) return [TextBlock.Of("no jobs")];
        return [TextBlock.Table(Columns, jobs.Select(Cells)), .. jobs.SelectMany(Wrong).Select(TextBlock.Of)];
    }

    public override string ToJson() => JsonSerializer.Serialize(jobs, Json.Options);

    private static string[] Cells(JobProgress job) =>
    [
        job.Name, job.State, job.Stage, $"{Number(job.Done)}/{Number(job.Shards)}", Number(job.Leased),
        Number(job.Lost), Number(job.ImagesASecond),
        job.SecondsLeft is { } left
            ? TimeSpan.FromSeconds(Math.Ceiling(left)).ToString("g", CultureInfo.InvariantCulture) : "",
    ];

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Wrong(JobProgress job)
    {
        if (job.Note is { } note) yield return $"{job.Name}: {note}";
        foreach (var refused in job.RefusedWorkers) yield return $"{job.Name}: refused worker {refused}";
    }
}
