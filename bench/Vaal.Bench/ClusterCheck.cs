using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vaal.Bench;

/// <summary>
/// A cluster on this machine under faults: every job must end, count every shard once, and choose exactly what one
/// machine chooses.
/// </summary>
internal static class ClusterCheck
{
    private const int Lease = 10, Detection = 8, ShardSize = 500, Labelled = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>A job that ended.</summary>
    /// <param name="Faults">that happened meanwhile: kind, how many</param>
    internal sealed record JobRun(double Seconds, bool Equal, SortedDictionary<string, int> Faults)
    {
        public int Count => Faults.Values.Sum();
    }

    /// <summary>What was done to the cluster, and what came of it.</summary>
    /// <param name="Jobs">the first without faults: it says how long a job takes</param>
    internal sealed record Report(int Images, IReadOnlyList<JobRun> Jobs, int Restarts, string Note)
    {
        public bool Equal => Jobs.All(j => j.Equal);

        public int Total => Jobs.Sum(j => j.Count);

        /// <summary>Seconds that a job may take: without faults, and for each fault until its lease is lost and the
        /// loss of its silo is noticed.</summary>
        public double Bound(JobRun job) => Jobs[0].Seconds + job.Count * (Lease + Detection);

        /// <summary>Jobs with faults.</summary>
        public IEnumerable<JobRun> Hit => Jobs.Where(j => j.Count > 0);
    }

    public static int Run(string[] args)
    {
        var program = args.Text(0);
        var images = args.NumberOption("--images") ?? 20_000;
        var kills = args.NumberOption("--kills") ?? 20;
        var folder = args.Option("--folder") ?? Directory.CreateTempSubdirectory("vaal-cluster-").FullName;
        var report = Check(program, folder, images, kills, args.NumberOption("--seed") ?? 1, Console.Error.WriteLine,
            args.Option("--strategy") ?? "margin", args.NumberOption("--pause") ?? 6, args.Contains("--one"));
        if (args.Option("--out") is { } file) Write(file, report);
        Console.WriteLine(Line(report));
        if (args.Option("--folder") is null) Directory.Delete(folder, recursive: true);
        return report.Equal ? 0 : 1;
    }

    /// <summary>A check that was stopped goes on in the same folder with the jobs that ended in it.</summary>
    /// <param name="pause">seconds between two faults, at most</param>
    /// <param name="one">one fault a job</param>
    /// <param name="warmUp">one job more before the first, so that it does not pay for the start of the
    /// processes</param>
    /// <param name="vaal">runs a command to its end; null: as a process</param>
    public static Report Check(string program, string folder, int images, int kills, int seed, Action<string> say,
        string strategy = "margin", int pause = 6, bool one = false, bool warmUp = true,
        Func<string[], (int ExitCode, string Out, string Error)>? vaal = null)
    {
        vaal ??= args => LocalCluster.Run(program, args, Patience);
        say($"making {images:N0} images");
        var (pool, model) = ClusterPool.Write(folder, images, Labelled, Model);
        string[] job = [pool, "--encoder", model, "--strategy", strategy, "-n", "200", "--shard-size",
            $"{Math.Min(ShardSize, Math.Max(1, images / 20))}", "--quiet", "--json"];
        say("choosing on one machine");
        var alone = Path.Combine(folder, "alone");
        Must(vaal(["cluster", "submit", .. job, "--out", alone, "--prepare"]));
        Must(vaal(["cluster", "run", alone, "--quiet"]));
        var expected = Picks(vaal(["cluster", "status", "--out", alone, "--json"]));

        var (ended, output) = (Path.Combine(folder, "jobs.jsonl"), Path.Combine(folder, "out"));
        List<JobRun> jobs = File.Exists(ended)
            ? [.. File.ReadLines(ended).Select(l => JsonSerializer.Deserialize<JobRun>(l, Json.Options)!)] : [];
        if (jobs.Count > 0) say($"{jobs.Count} jobs with {jobs.Sum(j => j.Count)} faults ended here before");
        var (random, disk) = (new Random(seed + jobs.Count), SmallDisk.Mount(output));
        using var cluster = new LocalCluster(program, Path.Combine(folder, "logs"), 3, 4, Lease, Detection);
        var faults = new ClusterFaults(cluster, disk, random);
        var note = "";
        try
        {
            if (warmUp) JobOf(0);
            while (jobs.TrueForAll(j => j.Equal) && (jobs.Count == 0 || jobs.Sum(j => j.Count) < kills))
            {
                jobs.Add(JobOf(jobs.Count == 0 ? 0 : one ? 1 : kills - jobs.Sum(j => j.Count)));
                File.AppendAllText(ended, JsonSerializer.Serialize(jobs[^1], Json.Options) + "\n");
            }
        }
        finally
        {
            faults.Dispose();
            disk?.Dispose();
        }
        if (!cluster.HasNamespace) note += " no network namespaces here, so no partition;";
        if (disk is null) note += " no mounts here, so no full disk;";
        return new(images, jobs, cluster.Restarts, note.Trim());

        JobRun JobOf(int most)
        {
            faults.Done.Clear();
            var (clock, store) = (Stopwatch.StartNew(), Path.Combine(output, $"job{Guid.NewGuid():N}"));
            string[] submit = ["cluster", "submit", .. job, "--out", store, "--redis", cluster.Redis];
            var running = Task.Run(() => vaal(submit));
            while (!running.IsCompleted && faults.Done.Values.Sum() < most)
            {
                // a fault comes when the job has got on since the last one, however slow the machine is
                var files = Results(store);
                if (running.Wait(TimeSpan.FromSeconds(1 + random.NextDouble() * (pause - 1)))) break;
                while (!running.IsCompleted && Results(store) == files) Thread.Sleep(100);
                if (!running.IsCompleted) say($"{clock.Elapsed.TotalSeconds:0} s: {faults.Next()}");
            }
            // an answer that found no silo left to ask is no result: the same command goes on
            var done = running.Result;
            while (done.ExitCode == 1 && !done.Error.Contains(" failed: ", StringComparison.Ordinal)
                && clock.Elapsed < Patience)
            {
                say(done.Error.Trim());
                done = vaal(submit);
            }
            var equal = done.ExitCode == 0 && Picks(done).SequenceEqual(expected) && FilesAgree(alone, store);
            if (equal) Directory.Delete(store, recursive: true);
            else note = done.Error.Trim();
            say($"job {jobs.Count}: {clock.Elapsed.TotalSeconds:0.0} s, {(equal ? "equal" : "NOT EQUAL " + note)}");
            return new(clock.Elapsed.TotalSeconds, equal, new(faults.Done));
        }
    }

    public static string Line(Report r)
    {
        var kinds = r.Jobs.SelectMany(j => j.Faults).GroupBy(f => f.Key).OrderBy(g => g.Key)
            .Select(g => $"{g.Sum(f => f.Value)} {g.Key}");
        var within = r.Hit.Count(j => j.Seconds <= r.Bound(j));
        return string.Create(CultureInfo.InvariantCulture,
            $"{r.Images} images, {r.Jobs.Count} jobs, {r.Total} faults ({string.Join(", ", kinds)}), ")
            + string.Create(CultureInfo.InvariantCulture, $"{r.Jobs[0].Seconds:0.0} s without faults, at most ")
            + string.Create(CultureInfo.InvariantCulture, $"{r.Jobs.Max(j => j.Seconds):0.0} s with, {within} of ")
            + $"{r.Hit.Count()} jobs within the time without faults + {Lease + Detection} s a fault "
            + $"(lease {Lease} s + detection {Detection} s), {r.Restarts} restarts: "
            + (r.Equal ? "every choice is equal to one machine's" : "A CHOICE IS NOT EQUAL TO ONE MACHINE'S")
            + (r.Note.Length > 0 ? $" ({r.Note})" : "");
    }

    private static void Write(string file, Report r) => File.WriteAllLines(file, r.Jobs.Select((j, i) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{r.Images},{i},{j.Seconds:0.0},{j.Count},{r.Bound(j):0.0},{j.Equal}"))
        .Prepend("images,job,seconds,faults,bound,equal"));

    private static byte[] Model() => Tests.OnnxBytes.Model("Flatten", [null, 1, 16, 16], 2);

    private static void Must((int ExitCode, string Out, string Error) outcome)
    {
        if (outcome.ExitCode != 0) throw new InputException(outcome.Error);
    }

    // rank, id and score as they were printed: bit for bit
    private static string[] Picks((int ExitCode, string Out, string Error) outcome)
    {
        Must(outcome);
        return [.. JsonNode.Parse(outcome.Out)!["picks"]!.AsArray().Select(p => p!.ToJsonString())];
    }

    // every shard has one file, with the bytes that one machine wrote
    private static bool FilesAgree(string one, string two) => new[] { "rows", "score", "fit", "choose" }.All(part =>
    {
        var (a, b) = (Files(one, part), Files(two, part));
        return a.SequenceEqual(b) && a.All(f => File.ReadAllBytes(Path.Combine(one, f)).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Path.Combine(two, f))));
    });

    private static int Results(string store) =>
        new[] { "rows", "score" }.Sum(part => Files(store, part).Length);

    private static string[] Files(string folder, string part) => !Directory.Exists(Path.Combine(folder, part)) ? [] :
        [.. Directory.EnumerateFiles(Path.Combine(folder, part), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f)).Where(f => !Path.GetFileName(f).StartsWith('.')).Order()];
}
