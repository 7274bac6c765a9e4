using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Experiments;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal bench</c>: strategies × pools × seeds, as a file says.</summary>
internal static class BenchCommand
{
    public static Command Create(CancellationToken stop)
    {
        var config = new Argument<string>("config")
        {
            Description = "JSON file that says what to compare; configs/ has some",
        };
        var data = new Option<string?>("--data")
        {
            Description = "the images, a folder or a name, instead of the file's 'data'",
        };
        var output = new Option<string?>("--out")
        {
            Description = "folder for results and for continuing after a stop; default: runs/NAME-OF-THE-FILE",
        };
        var jobs =
            new Option<int>("--jobs", "-j") { Description = "runs at the same time", DefaultValueFactory = _ => 1 };
        var (reach, cluster) = (new ClusterArguments(), ClusterArguments.Cluster("do the runs"));
        var (json, quiet, device) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var command = new VaalCommand("bench",
            "compare strategies over pools and seeds, with statistics; the same command continues a stopped bench",
            [
                "vaal bench configs/small/fashion-mnist.json            # results in runs/fashion-mnist",
                "vaal bench my.json --data photos --out runs/a -j 2     # other images, two runs at once",
                "vaal bench my.json --cluster redis1:6379               # runs on a cluster; see 'vaal cluster'",
            ],
            [device, cluster, .. reach.Advanced])
        {
            config, data, output, jobs, json, quiet,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(config)!;
            var folder = parsed.GetValue(output) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
            if (parsed.GetValue(jobs) is var together && together is < 1 or > 1_024)
                throw new InputException($"--jobs is {together}; it must be 1..1024");
            reach.CheckHeeded(parsed, cluster);
            var what = BenchConfig.Read(path, parsed.GetValue(data));
            using var bench = BenchGrid.Open(what, folder, parsed.GetValue(device)!, reach.Runner(parsed, cluster));
            var summary = Work(bench, what, together, parsed.GetValue(quiet), stop);
            return BenchOutput.Print(summary, folder, parsed.GetValue(json), stop);
        });
        return command;
    }

    // with the progress on standard error
    private static BenchSummary Work(
        BenchGrid bench, BenchConfig what, int jobs, bool quiet, CancellationToken stop)
    {
        using var progress = Progress.OnStandardError(quiet);
        var far = new BenchProgress(progress, what.Name, what.Runs);
        return bench.Run(jobs, (run, e) => progress.Report(e, run),
            (run, round) => far.Done(run, [round], earlier: false),
            (run, rounds) => far.Done(run, rounds, earlier: true),
            far.Failed, note => progress.Say($"vaal: {note}"), stop);
    }
}
