using System.Globalization;
using Vaal.Experiments;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// Does the default of <c>vaal next</c> save labels, on which data and in which settings? A run is finished or not
/// there: the same command goes on after a stop.
/// </summary>
internal static class Study
{
    private const string Default = "default";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>study features CONFIG.json DATA | run CONFIG.json DATA ROWS.csv | tables ROWS.csv; DATA is the folder
    /// of the data sets.</summary>
    public static int Run(string[] args) => args.Text(0) switch
    {
        "features" => Features(StudyConfig.Read(args.Text(1)), args.Text(2)),
        "run" => Run(StudyConfig.Read(args.Text(1)), args.Text(2), args.Text(3)),
        "tables" => Tables(StudyRows.Read(args.Text(1))),
        var other => throw new InputException($"expected features, run or tables, found '{other}'"),
    };

    /// <summary>Makes the features of all data sets, which stay in the user's cache.</summary>
    private static int Features(StudyConfig config, string folder)
    {
        using var sets = new StudySets(config, folder);
        foreach (var data in config.Data)
        {
            var task = sets.Features(data, config.Encoder);
            Console.WriteLine(string.Create(Invariant,
                $"{data.Name}: {task.Count:N0} + {task.TestClasses.Length:N0} images, {task.ClassCount} classes"));
        }
        return 0;
    }

    private static int Run(StudyConfig config, string folder, string file)
    {
        var rows = StudyRows.Finished(file,
            config.Settings.GroupBy(s => s.Name).ToDictionary(s => s.Key, s => s.First().Rounds));
        var done = rows.Select(r => (r.Setting, r.Data, r.Row.Strategy, r.Row.Seed)).ToHashSet();
        using var sets = new StudySets(config, folder);
        using var output = new StreamWriter(file, append: true) { AutoFlush = false };
        foreach (var setting in config.Settings)
            for (var seed = 1; seed <= config.Seeds; seed++)
                foreach (var data in config.Data)
                {
                    string[] left = [.. setting.Strategies
                        .Where(s => !done.Contains((setting.Name, data.Name, s, (long)seed)))];
                    if (left.Length == 0) continue;
                    var task = sets.Features(data, setting.Encoder ?? config.Encoder);
                    var pool = StudyPool.Of(task, config.Share, setting, seed);
                    foreach (var strategy in left)
                    {
                        var points = Points(config, setting, pool, strategy, seed);
                        if (setting.Network is { } network)
                            points = StudyNetwork.Test(network, points, pool, sets.Images(data), seed);
                        foreach (var (round, p) in points.Index())
                            output.WriteLine(string.Create(Invariant, $"{setting.Name},{data.Name},{strategy},{seed},")
                                + string.Create(Invariant, $"{round},{p.Labels},{p.Accuracy:0.0000}"));
                        output.Flush();
                    }
                    Console.Error.WriteLine($"{setting.Name}, {data.Name}, seed {seed} of {config.Seeds}");
                }
        return 0;
    }

    private static IReadOnlyList<TrialPoint> Points(
        StudyConfig config, StudySetting setting, StudyPool pool, string strategy, long seed) =>
        FeatureTrial.Run(pool.Task, new TrialOptions
        {
            Strategy = strategy == Default ? NextOptions.Auto : strategy,
            Batch = setting.Batch * pool.Task.ClassCount,
            Rounds = setting.Rounds,
            First = pool.First,
            Noise = setting.Noise,
            Head = setting.Head,
            Seed = seed,
            Vaal = new(VaalOptions.Balanced) { Iterations = config.VaalIterations },
        });

    private static int Tables(List<(string Setting, string Data, ResultRow Row)> rows)
    {
        List<string> sets = [.. rows.Select(r => r.Data).Distinct()];
        foreach (var setting in rows.GroupBy(r => r.Setting))
            StudyTables.Print(setting.Key, [.. setting.OrderBy(r => sets.IndexOf(r.Data)).Select(r => r.Row)], Default);
        return 0;
    }
}
