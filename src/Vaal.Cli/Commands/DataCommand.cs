using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data.Fetch;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal data</c>: the usual data sets, fetched and verified.</summary>
internal static class DataCommand
{
    public static Command Create(CancellationToken stop) =>
        new VaalCommand("data", "fetch the usual data sets and verify them",
        [
            "vaal data list             # what there is, and where",
            "vaal data fetch cifar10    # download, verify and unpack",
        ])
        {
            List(), Fetch(stop), Check(stop),
        };

    private static Command List()
    {
        var (to, json) = (To(), CommonOptions.Json());
        var command = new VaalCommand("list", "what can be fetched, under which terms, and what is here",
        [
            "vaal data list",
        ])
        { to, json };
        command.SetAction(parsed =>
        {
            var store = new DataStore(parsed.GetValue(to));
            if (parsed.GetValue(json))
            {
                Output.Json(DataSources.All.Values.Select(s => new
                {
                    s.Name,
                    s.Images,
                    s.Bytes,
                    s.Terms,
                    fetched = store.Holds(s),
                    folder = s.Instead is null ? store.Folder(s) : null,
                    s.Instead,
                }));
                return Run.Done;
            }
            var table = new Table("name", "images", "MB", "terms", "here");
            foreach (var s in DataSources.All.Values)
                table.Add(s.Name, s.Images, s.Instead is null ? Megabytes(s) : "", s.Terms, Here(store, s));
            table.Print();
            foreach (var instead in DataSources.All.Values.Select(s => s.Instead).OfType<string>()) Output.Line(instead);
            return Run.Done;
        });
        return command;
    }

    private static Command Fetch(CancellationToken stop)
    {
        var (names, to, json, quiet) = (Names(), To(), CommonOptions.Json(), CommonOptions.Quiet());
        var from = new Option<string?>("--from")
        {
            Description = "http address of a folder on another server, such as one of yours, that holds the same files",
        };
        var command = new VaalCommand("fetch", "download, verify and unpack; the same command continues a stopped one",
        [
            "vaal data fetch fashion-mnist",
            "vaal data fetch cifar10 --from http://server/cifar    # without internet access",
        ])
        { names, to, from, json, quiet };
        command.SetAction(parsed =>
        {
            var store = new DataStore(parsed.GetValue(to));
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var options = new FetchOptions { From = parsed.GetValue(from), Report = progress.Report, Cancel = stop };
            foreach (var source in parsed.GetValue(names)!.Select(DataSources.Named).ToList())
            {
                var fetched = store.Fetch(source, options);
                if (parsed.GetValue(json)) Output.Json(new { source.Name, fetched, folder = store.Folder(source) });
                else
                {
                    Output.Line($"{source.Name} {(fetched ? "is now" : "was already")} in {store.Folder(source)}, "
                        + $"every file verified. Terms: {source.Terms}");
                }
            }
            return Run.Done;
        });
        return command;
    }

    private static Command Check(CancellationToken stop)
    {
        var (names, to, json, quiet) = (Names(), To(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("check", "verify every fetched file; exit code 1 if one is missing or damaged",
        [
            "vaal data check cifar10",
        ])
        { names, to, json, quiet };
        command.SetAction(parsed =>
        {
            var store = new DataStore(parsed.GetValue(to));
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var exit = Run.Done;
            foreach (var source in parsed.GetValue(names)!.Select(DataSources.Named).ToList())
            {
                var problems = store.Check(source, progress.Report, stop);
                if (problems.Count > 0) exit = Run.Mistake;
                if (parsed.GetValue(json)) Output.Json(new { source.Name, folder = store.Folder(source), problems });
                else if (problems.Count == 0) Output.Line($"{source.Name}: every file is as it was published");
                else foreach (var problem in problems) Output.Line($"{source.Name}: {problem}");
            }
            return exit;
        });
        return command;
    }

    private static string Here(DataStore store, DataSource source) => source.Instead is not null ? "by its path"
        : store.Holds(source) ? store.Folder(source)
        : store.Partly(source) is var part and > 0 ? string.Create(CultureInfo.InvariantCulture,
            $"{100 * part / source.Bytes}% of it; fetch again to continue")
        : "no";

    private static string Megabytes(DataSource source) =>
        (source.Bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture);

    private static Argument<string[]> Names()
    {
        var names = new Argument<string[]>("name")
        {
            Description = string.Join(", ", DataSources.All.Keys),
            Arity = ArgumentArity.OneOrMore,
        };
        names.CompletionSources.Add([.. DataSources.All.Keys]);
        return names;
    }

    private static Option<string?> To() => new("--to")
    {
        Description = "folder of data sets; left out: in your cache folder, where --data finds them by name",
    };
}
