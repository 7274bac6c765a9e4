using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Cluster;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal cluster</c>: embed, score and choose on several machines.</summary>
internal static class ClusterCommand
{
    public static Command Create(CancellationToken stop) =>
        new VaalCommand("cluster",
            "embed, score and choose on several machines: silos coordinate, workers compute",
            [
                "vaal cluster silo                                   # on one machine or three",
                "vaal cluster worker                                 # on every machine that computes",
                "vaal cluster submit images.csv --out /shared/job    # what is to be done",
            ])
        {
            Silo(stop), Worker(stop), Submit(stop), Status(stop), Cancel(), RunHere(stop),
        };

    private static Command Silo(CancellationToken stop)
    {
        var where = new ClusterArguments();
        var host = new Option<string>("--host")
        {
            Description = "IP address that this silo listens on and that others reach it at",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var everywhere = new Option<bool>("--listen-everywhere")
        {
            Description = "listen on every address of the machine; for containers",
        };
        var port = Number("--port", "port for other silos", 11_111);
        var gateway = Number("--gateway-port", "port for workers", 30_000);
        var lease = Number("--lease", "seconds after which a silent worker has lost its shards", 30);
        var detection = Number("--detection", "seconds after which a silent silo is taken for dead", 12);
        var dashboard = new Option<int?>("--dashboard")
        {
            Description = "port of Orleans' dashboard, on this machine alone; give it to every silo or to none",
        };
        var s3 = S3Endpoint();
        var command = new VaalCommand("silo", "run a silo: it leases shards to workers, and computes nothing",
            [
                "vaal cluster silo                                       # one machine, Redis on it",
                "vaal cluster silo --redis redis1:6379 --host 10.0.0.5   # one of several",
            ],
            [lease, detection, everywhere, dashboard, s3, .. where.Advanced])
        {
            where.Redis, host, port, gateway,
        };
        command.SetAction(parsed =>
        {
            ClusterSilo.Run(where.Of(parsed), parsed.GetValue(host)!, parsed.GetValue(port), parsed.GetValue(gateway),
                TimeSpan.FromSeconds(parsed.GetValue(lease)), TimeSpan.FromSeconds(parsed.GetValue(detection)),
                Output.Error.WriteLine, parsed.GetValue(everywhere), parsed.GetValue(s3), parsed.GetValue(dashboard),
                stop);
            return Run.Done;
        });
        return command;
    }

    private static Command Worker(CancellationToken stop)
    {
        var where = new ClusterArguments();
        var threads = Number("--threads", "images at once", Environment.ProcessorCount);
        var leases = Number("--leases", "shards at once, 1 or 2", 2);
        var job = new Option<string?>("--job") { Description = "work on this job alone" };
        var untilDone = new Option<bool>("--until-done") { Description = "end when there is nothing left to do" };
        var s3 = S3Endpoint();
        var command = new VaalCommand("worker", "run a worker: it asks for shards, embeds and scores them",
            [
                "vaal cluster worker",
                "vaal cluster worker --redis redis1:6379 --threads 8",
            ],
            [leases, s3, .. where.Advanced])
        {
            where.Redis, threads, job, untilDone,
        };
        command.SetAction(parsed =>
        {
            ClusterWorker.Run(where.Of(parsed), parsed.GetValue(threads),
                line => Output.Error.WriteLine($"vaal: {line}"), parsed.GetValue(leases), parsed.GetValue(job),
                parsed.GetValue(untilDone), parsed.GetValue(s3), stop);
            return Run.Done;
        });
        return command;
    }

    private static Command Submit(CancellationToken stop)
    {
        var (where, request) = (new ClusterArguments(), new JobArguments());
        var detach = new Option<bool>("--detach") { Description = "do not wait for the result" };
        var alone = new Option<bool>("--prepare")
        {
            Description = "only write the job's files, for 'vaal cluster run'",
        };
        var (json, quiet) = (CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("submit",
            "make a job and wait for its choice; the same command continues a job that was stopped",
            [
                "vaal cluster submit images.csv --out /shared/job -n 5000",
                "vaal cluster submit s3://photos/2026 --out s3://jobs/one --strategy coverage --detach",
            ],
            [alone, .. request.Advanced, .. where.Advanced])
        {
            request.Pool, request.Output, request.Budget, request.Strategy, request.Name, where.Redis, detach, json,
            quiet,
        };
        command.SetAction(parsed =>
        {
            // an address that can be none is said before hours of preparing
            var reached = parsed.GetValue(alone) ? null : where.Of(parsed);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var made = ClusterJobs.Prepare(request.Of(parsed), progress.Report, stop);
            if (made.LeftOut > 0)
                progress.Say($"vaal: {Counted.Of(made.LeftOut, "entry", "entries")} of the pool cannot be used; "
                    + $"left-out.csv in {made.Output} says why");
            if (reached is null)
                return Said(made, parsed.GetValue(json), $"'vaal cluster run {made.Output}' does it");
            using var cluster = ClusterJobs.Connect(reached, tell: line => progress.Say($"vaal: {line}"));
            var waits = !parsed.GetValue(detach);
            cluster.Submit(made, waits, progress.Report, stop);
            if (!waits) return Said(made, parsed.GetValue(json), "'vaal cluster status' says how far it is");
            Output.Print(ClusterJobs.Outcome(made.Output, request.S3EndpointOf(parsed)), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static Command Status(CancellationToken stop)
    {
        var where = new ClusterArguments();
        var name = new Argument<string?>("job") { Description = "left out: all jobs", Arity = ArgumentArity.ZeroOrOne };
        var (json, output) = (CommonOptions.Json(), new Option<string?>("--out")
        {
            Description = "print the result of the job in this output store; needs no cluster",
        });
        var s3 = S3Endpoint();
        var command = new VaalCommand("status", "how far the jobs are, and what is wrong",
            [
                "vaal cluster status",
                "vaal cluster status job --json",
                "vaal cluster status --out /shared/job    # the choice of a job that is done",
            ],
            [s3, .. where.Advanced])
        {
            name, where.Redis, output, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is { } store)
            {
                if (parsed.GetValue(name) is { } other)
                    throw new InputException($"expected --out or the name of a job, found --out {store} and {other}; "
                        + "leave one of the two out");
                if (CommonOptions.FirstGiven(parsed, [where.Redis, .. where.Advanced]) is { } idle)
                    throw new InputException($"expected a cluster to ask with {idle}, found --out, which reads the "
                        + $"store itself; leave {idle} out");
                Output.Print(ClusterJobs.Outcome(store, parsed.GetValue(s3)), parsed.GetValue(json));
                return Run.Done;
            }
            if (parsed.GetValue(s3) is not null)
                throw new InputException("expected --out with --s3-endpoint, found none; leave --s3-endpoint out");
            using var cluster = Ask(where.Of(parsed));
            var jobs = cluster.Status(parsed.GetValue(name));
            stop.ThrowIfCancellationRequested();
            Output.Print(jobs, parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static Command Cancel()
    {
        var where = new ClusterArguments();
        var name = new Argument<string>("job") { Description = "name of the job" };
        var command = new VaalCommand("cancel", "stop a job; submitted again, it continues where it was",
            ["vaal cluster cancel job"], where.Advanced)
        {
            name, where.Redis,
        };
        command.SetAction(parsed =>
        {
            using var cluster = Ask(where.Of(parsed));
            cluster.Cancel(parsed.GetValue(name)!);
            return Run.Done;
        });
        return command;
    }

    private static Command RunHere(CancellationToken stop)
    {
        var output = new Argument<string>("out") { Description = "output store of a job that --prepare made" };
        var shard = new Option<string>("--shard")
        {
            Description = "i/n: every n-th shard, from the i-th on, beside n - 1 other processes",
            DefaultValueFactory = _ => "0/1",
        };
        var threads = Number("--threads", "images at once", Environment.ProcessorCount);
        var (s3, quiet) = (S3Endpoint(), CommonOptions.Quiet());
        var command = new VaalCommand("run",
            "do a job without silos, in one process or in several that share the store",
            [
                "vaal cluster run /shared/job",
                "vaal cluster run /shared/job --shard 3/16    # one of an indexed job",
            ],
            [s3])
        {
            output, shard, threads, quiet,
        };
        command.SetAction(parsed =>
        {
            var parts = parsed.GetValue(shard)!.Split('/');
            if (parts.Length != 2 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out var index)
                || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var of)
                || of < 1 || index < 0 || index >= of)
                throw new InputException($"expected --shard i/n with 0 <= i < n, found '{parsed.GetValue(shard)}'");
            if (parsed.GetValue(threads) < 1)
                throw new InputException($"expected at least 1 thread, found {parsed.GetValue(threads)}");
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            ClusterJobs.RunLocally(parsed.GetValue(output)!, index, of, parsed.GetValue(threads), parsed.GetValue(s3),
                progress.Report, stop);
            return Run.Done;
        });
        return command;
    }

    // a cluster that runs answers at once
    private static ClusterJobs Ask(ClusterConnection connection) => ClusterJobs.Connect(connection,
        TimeSpan.FromSeconds(5), line => Output.Error.WriteLine($"vaal: {line}"));

    // what a job is that nobody waits for here
    private static int Said(JobOutcome made, bool json, string then)
    {
        if (json) Output.Print(made, json);
        else Output.Line($"{made.Text()[0].Line}; {then}");
        return Run.Done;
    }

    internal static Option<string?> S3Endpoint() => new("--s3-endpoint")
    {
        Description = "address of a server of S3's protocol that is not Amazon's; keys are in AWS_ACCESS_KEY_ID and "
            + "AWS_SECRET_ACCESS_KEY",
    };

    internal static Option<int> Number(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };
}
