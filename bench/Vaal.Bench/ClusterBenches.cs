using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Coverage;
using Vaal.Data.Formats;

namespace Vaal.Bench;

/// <summary>What coordination takes, what a second worker brings, and what two levels of coverage lose.</summary>
internal static class ClusterBenches
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Leases a second of one silo. The workers are emulated: they sleep in place of computing, so that many of them
    /// fit on this machine.
    /// </summary>
    public static int Capacity(string[] args)
    {
        var (program, workers, shards) = (args.Text(0), args.NumberOption("--workers") ?? 32,
            args.NumberOption("--shards") ?? 2_000);
        var service = TimeSpan.FromMilliseconds(args.NumberOption("--service-ms") ?? 0);
        var folder = Directory.CreateTempSubdirectory("vaal-capacity-").FullName;
        using (var cluster = new LocalCluster(program, Path.Combine(folder, "logs"), 1, 0, 30, 12, namespaces: false))
        {
            var connection = new ClusterConnection(cluster.Redis);
            var output = Path.Combine(folder, "job");
            var (pool, model) = ClusterPool.Write(folder, shards, 0,
                () => Tests.OnnxBytes.Model("Flatten", [null, 1, 8, 8], 2));
            ClusterJobs.Prepare(new JobRequest("capacity", pool, output, model, JobManifest.FeaturesOnly, budget: 1,
                seed: 1, shardSize: 1));
            using var host = ClusterHost.Client(connection, "bench", TimeSpan.FromMinutes(1));
            host.Start();
            using var jobs = ClusterJobs.Connect(connection);
            var clock = Stopwatch.StartNew();
            jobs.Start("capacity", output);
            Task.WaitAll([.. Enumerable.Range(0, workers).Select(async i =>
            {
                using var worker = new Worker(host.Services.GetRequiredService<IClusterClient>(), new WorkerOptions
                {
                    Name = $"emulated{i}",
                    Leases = 1,
                    UntilDone = true,
                    Emulated = (_, _, shard) =>
                    {
                        Thread.Sleep(service);
                        return new ShardResult(BitConverter.GetBytes(shard), []);
                    },
                }, _ => { });
                await worker.Run(CancellationToken.None);
            })]);
            var rate = shards / clock.Elapsed.TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"emulated: {workers} workers that sleep {service.TotalMilliseconds:0} ms a shard, {shards} shards, "
                + $"one silo: "
                + $"{rate:0} leases/s; at 60 s a shard one silo feeds {rate * 60:0} workers"));
        }
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>One worker of one thread against two, each on a core of its own. The machine must be idle.</summary>
    public static int Scaling(string[] args)
    {
        var (program, images) = (args.Text(0), args.NumberOption("--images") ?? 400);
        var folder = Directory.CreateTempSubdirectory("vaal-scaling-").FullName;
        var (pool, _) = ClusterPool.Write(folder, images, 0, () => []);
        var seconds = new[] { 1, 2 }.Select(workers =>
        {
            using var cluster = new LocalCluster(program, Path.Combine(folder, $"logs{workers}"), 1, workers, 60, 30,
                namespaces: false, pinned: true);
            Thread.Sleep(10_000);                                                    // so that every process is there
            var clock = Stopwatch.StartNew();
            var (exit, _, error) = cluster.Vaal(Patience, "cluster", "submit", pool, "--out",
                Path.Combine(folder, $"out{workers}"), "--strategy", "features",
                "--shard-size", $"{Math.Max(1, images / 20)}",
                "--redis", cluster.Redis, "--quiet");
            return exit == 0 ? clock.Elapsed.TotalSeconds : throw new InputException(error);
        }).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{images} images, resnet18, {Environment.ProcessorCount} cores: one worker {seconds[0]:0.0} s, two "
            + $"{seconds[1]:0.0} s, efficiency {seconds[0] / seconds[1] / 2:0.00}"));
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>Coverage of the pool by two levels, as a cluster chooses, beside the exact greedy choice.</summary>
    public static int Cover(string[] args)
    {
        var (n, budget, shardSize) = (args.Number(0, 100_000), args.Number(1, 500), args.Number(2, 8_000));
        const int width = 64;
        var folder = Directory.CreateTempSubdirectory("vaal-cover-").FullName;
        var rows = Rows(n, width);
        foreach (var strategy in new[] { "coverage", "facility-location" })
        {
            var files = new JobFiles(OutputStore.Open(Path.Combine(folder, strategy)));
            var job = new JobManifest
            {
                Name = strategy,
                Strategy = strategy,
                Budget = budget,
                Encoder = "made",
                ModelDigest = new('0', 64),
                FeatureDim = width,
                Images = n,
                ShardSize = shardSize,
                PoolDigest = "",
            };
            Write(job, files, rows);
            var clock = Stopwatch.StartNew();
            using var images = new ImageReader(null, new());
            new LocalJob(job, files, new ShardWork(job, files, null, images)).Run();
            var (levels, took) = (files.Choice()!.Picks.Select(p => p.Id).ToArray(), clock.Elapsed.TotalSeconds);
            var model = JobModel.Read(files.Need(Stage.Fit, 0), "fit");
            var unit = new UnitRows(n, width, (row, into) => System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(
                rows.AsSpan(row * width, width), into), model.Mean);
            int[] all = [.. Enumerable.Range(0, n)];
            clock.Restart();
            var like = strategy == "coverage" ? Likeness.Gaussian(GreedyCover.Sigma(unit, 0, budget)) : Likeness.Cosine;
            var exact = new GreedyCover(unit, all, [], budget, like).Choose(budget).Picks;
            var (a, b) = (Covered(unit, exact, like), Covered(unit, levels, like));
            var random = Covered(unit, [.. all.OrderBy(i => Seeds.Derive(1, "x", i)).Take(budget)], like);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{strategy}, {n} images, {budget} chosen, {job.Shards} shards: exact covers {a:0.00000} of the pool "
                + $"({clock.Elapsed.TotalSeconds:0.0} s), two levels {b:0.00000} ({took:0.0} s), "
                + $"random {random:0.00000}; "
                + $"loss {100 * (a - b) / a:0.00}%, {100 * (a - b) / (a - random):0.0}% of what the choice gains "
                + $"over random"));
        }
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    // mean likeness of an image of the whole pool to the nearest chosen one
    private static double Covered(UnitRows rows, int[] chosen, Likeness like) =>
        Neighbours.Of(rows, [.. Enumerable.Range(0, rows.Count)], [.. chosen.Order()], 1).Closeness
            .Select((c, i) => chosen.Contains(i) ? 1 : like.Of(c)).Average();

    // clothes of the embedded set, shrunk to 8×8 and each with other noise
    private static Half[] Rows(int n, int width)
    {
        var (_, _, pixels) = Embedded.Unpack();
        var rows = new Half[n * width];
        Parallel.For(0, n, i =>
        {
            var random = new Random(i);
            for (var k = 0; k < width; k++)
            {
                var (y, x, sum) = (k / 8 * 3 + 2, k % 8 * 3 + 2, 0);
                for (var p = 0; p < 9; p++) sum += pixels[i % 6_000 * 784 + (y + p / 3) * 28 + x + p % 3];
                rows[i * width + k] = (Half)(sum / 9f + 25 * (random.NextSingle() - 0.5f));
            }
        });
        return rows;
    }

    private static void Write(JobManifest job, JobFiles files, Half[] rows)
    {
        for (var shard = 0; shard < job.Shards; shard++)
        {
            var (first, count) = (shard * job.ShardSize, job.ImagesIn(shard));
            files.Store.WriteOnce(JobFiles.EntriesFile(shard), System.Text.Encoding.UTF8.GetBytes(string.Concat(
                Enumerable.Range(first, count).Select(i => new PoolEntry($"{i}").ToLine()))));
            files.Store.WriteOnce(JobFiles.File(Stage.Embed, shard), RowFile.Pack(new(new UInt128[count],
                [.. Enumerable.Repeat(true, count)],
                rows[(first * job.FeatureDim)..((first + count) * job.FeatureDim)], new Dictionary<int, string>()),
                job.ModelDigest));
        }
        files.Store.WriteOnce(JobFiles.ManifestName, job.ToJson());
    }
}
