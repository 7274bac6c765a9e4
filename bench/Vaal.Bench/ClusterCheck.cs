using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Vaal.Bench;

/// <summary>
/// A cluster on this machine under faults: every job must end, count every shard once, and choose exactly what one
/// machine chooses.
/// </summary>
internal static class ClusterCheck
{
    private const int Lease = 10, Detection = 8, ShardSize = 500, Labelled = 200, Stopped = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>What was done to the cluster, and what came of it.</summary>
    /// <param name="Seconds">of each job, the first without faults</param>
    internal sealed record Report(int Images, int Jobs, bool Equal, IReadOnlyDictionary<string, int> Faults,
        IReadOnlyList<double> Seconds, int Restarts, string Note)
    {
        public int Total => Faults.Values.Sum();
    }

    public static int Run(string[] args)
    {
        var program = args.Text(0);
        var images = args.NumberOption("--images") ?? 20_000;
        var kills = args.NumberOption("--kills") ?? 20;
        var folder = args.Option("--folder") ?? Directory.CreateTempSubdirectory("vaal-cluster-").FullName;
        var report = Check(program, folder, images, kills, args.NumberOption("--seed") ?? 1, Console.Error.WriteLine,
            args.Option("--strategy") ?? "margin", args.NumberOption("--pause") ?? 6);
        Console.WriteLine(Line(report));
        if (args.Option("--out") is { } file) Append(file, report);
        if (args.Option("--folder") is null) Directory.Delete(folder, recursive: true);
        return report.Equal ? 0 : 1;
    }

    /// <param name="pause">seconds between two faults, at most</param>
    public static Report Check(string program, string folder, int images, int kills, int seed, Action<string> say,
        string strategy = "margin", int pause = 6)
    {
        var random = new Random(seed);
        say($"making {images:N0} images");
        var (pool, model) = ClusterPool.Write(folder, images, Labelled, Model);
        string[] job = [pool, "--encoder", model, "--strategy", strategy, "-n", "200", "--shard-size",
            $"{Math.Min(ShardSize, Math.Max(1, images / 20))}", "--quiet", "--json"];
        say("choosing on one machine");
        var alone = Path.Combine(folder, "alone");
        Must(LocalCluster.Run(program, ["cluster", "submit", .. job, "--out", alone, "--prepare"], Patience));
        Must(LocalCluster.Run(program, ["cluster", "run", alone, "--quiet"], Patience));
        var expected = Picks(LocalCluster.Run(program, ["cluster", "status", "--out", alone, "--json"], Patience));

        var output = Path.Combine(folder, "out");
        var disk = SmallDisk.Mount(output);
        using var cluster = new LocalCluster(program, Path.Combine(folder, "logs"), 3, 4, Lease, Detection);
        var (faults, seconds, equal, note) = (new Faults(cluster, disk, random), new List<double>(), true, "");
        try
        {
            while (equal && (seconds.Count == 0 || faults.Count < kills))
            {
                var (number, clock) = (seconds.Count, Stopwatch.StartNew());
                var store = Path.Combine(output, $"job{number}");
                var running = Task.Run(() => cluster.Vaal(Patience,
                    ["cluster", "submit", .. job, "--out", store, "--redis", cluster.Redis]));
                // the first is the measure: nothing happens to it
                while (!running.IsCompleted && number > 0 && faults.Count < kills)
                {
                    if (running.Wait(TimeSpan.FromSeconds(1 + random.NextDouble() * (pause - 1)))) break;
                    say($"{clock.Elapsed.TotalSeconds:0} s: {faults.Next()}");
                }
                // an answer that found no silo left to ask is no result: the same command goes on
                var ended = running.Result;
                for (var again = 0; again < 3 && ended.ExitCode == 1; again++)
                {
                    say(ended.Error.Trim());
                    ended = cluster.Vaal(Patience,
                        ["cluster", "submit", .. job, "--out", store, "--redis", cluster.Redis]);
                }
                seconds.Add(clock.Elapsed.TotalSeconds);
                equal = ended.ExitCode == 0 && Picks(ended).SequenceEqual(expected)
                    && FilesAgree(alone, store);
                if (!equal) note = ended.Error.Trim();
                say($"job {number}: {clock.Elapsed.TotalSeconds:0.0} s, {(equal ? "equal" : "NOT EQUAL " + note)}");
                if (equal) Directory.Delete(store, recursive: true);
            }
        }
        finally
        {
            faults.Dispose();
            disk?.Dispose();
        }
        if (!cluster.HasNamespace) note += " no network namespaces here, so no partition;";
        if (disk is null) note += " no mounts here, so no full disk;";
        return new(images, seconds.Count, equal, faults.Done, seconds, cluster.Restarts, note.Trim());
    }

    public static string Line(Report r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.Images} images, {r.Jobs} jobs, {r.Total} faults ")
        + $"({string.Join(", ", r.Faults.OrderBy(f => f.Key).Select(f => $"{f.Value} {f.Key}"))}), "
        + string.Create(CultureInfo.InvariantCulture, $"{r.Seconds[0]:0.0} s without faults, at most ")
        + string.Create(CultureInfo.InvariantCulture, $"{r.Seconds.Max():0.0} s with, {r.Restarts} restarts: ")
        + (r.Equal ? "every choice is equal to one machine's" : "A CHOICE IS NOT EQUAL TO ONE MACHINE'S")
        + (r.Note.Length > 0 ? $" ({r.Note})" : "");

    private static void Append(string file, Report r)
    {
        if (!File.Exists(file)) File.WriteAllText(file, "images,job,seconds,faults,equal\n");
        File.AppendAllLines(file, r.Seconds.Select((s, i) => string.Create(CultureInfo.InvariantCulture,
            $"{r.Images},{i},{s:0.0},{(i == 0 ? 0 : r.Total)},{r.Equal}")));
    }

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

    private static string[] Files(string folder, string part) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder, part), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f)).Where(f => !Path.GetFileName(f).StartsWith('.')).Order()];

    /// <summary>Random faults, and what has to be put right after them.</summary>
    private sealed class Faults(LocalCluster cluster, SmallDisk? disk, Random random) : IDisposable
    {
        private readonly List<Task> _cures = [];
        private readonly CancellationTokenSource _over = new();

        public Dictionary<string, int> Done { get; } = [];

        public int Count => Done.Values.Sum();

        public string Next()
        {
            var kinds = new List<string>
            {
                "worker killed", "worker killed", "silo killed", "worker stopped 20 s", "silo stopped 20 s",
                "redis killed",
            };
            if (disk is not null) kinds.Add("disk full");
            if (cluster.HasNamespace) kinds.Add("network cut");
            var kind = kinds[random.Next(kinds.Count)];
            Done[kind] = Done.GetValueOrDefault(kind) + 1;
            Do(kind);
            return kind;
        }

        public void Dispose()
        {
            _over.Cancel();
            Task.WaitAll([.. _cures]);
            _over.Dispose();
        }

        private void Do(string kind)
        {
            var member = One(kind.Split(' ')[0]);
            if (kind.EndsWith("killed", StringComparison.Ordinal)) cluster.Signal(member, "KILL");
            else if (kind.Contains("stopped", StringComparison.Ordinal))
            {
                var process = member.Process;
                cluster.Signal(member, "STOP");
                Later(Stopped, () => { if (member.Process == process) cluster.Signal(member, "CONT"); });
            }
            else if (kind == "disk full")
            {
                disk!.Fill();
                Later(6, disk.Free);
            }
            else
            {
                cluster.Cable(plugged: false);
                Later(15, () => cluster.Cable(plugged: true));
            }
        }

        private LocalCluster.Member One(string of)
        {
            var some = cluster.Members.Where(m => m.Name.StartsWith(of, StringComparison.Ordinal)).ToList();
            return some.Count == 0 ? cluster.Members[0] : some[random.Next(some.Count)];
        }

        private void Later(double seconds, Action cure) => _cures.Add(Task.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), _over.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cure();
        }));
    }

    /// <summary>A disk of its own that can be filled without harm to others; in memory.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly string _folder;

        private SmallDisk(string folder) => _folder = folder;

        public static SmallDisk? Mount(string folder)
        {
            Directory.CreateDirectory(folder);
            try
            {
                return LocalCluster.Run("mount", ["-t", "tmpfs", "-o", "size=1500m", "vaal", folder],
                    TimeSpan.FromSeconds(5)).ExitCode == 0 ? new(folder) : null;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return null;
            }
        }

        public void Fill()
        {
            try
            {
                using var filler = File.Create(Path.Combine(_folder, "filler"));
                var block = new byte[1 << 20];
                while (true) filler.Write(block);
            }
            catch (IOException)
            {
                // full, as was wanted
            }
        }

        public void Free() => File.Delete(Path.Combine(_folder, "filler"));

        public void Dispose() =>
            LocalCluster.Run("umount", ["-l", _folder], TimeSpan.FromSeconds(5));
    }
}
