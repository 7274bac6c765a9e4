using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Data.Fetch;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal data</c>: the usual data sets, fetched and verified.</summary>
internal static class DataCommand
{
    public static Command Create(CancellationToken stop) =>
        new VaalCommand("data", "fetch the usual data sets and verify them",
        [
            "vaal data list             # which sets there are, and where",
            "vaal data fetch cifar10    # download, verify and unpack",
        ])
        {
            List(), Fetch(stop), Check(stop),
        };

    private static Command List()
    {
        var (to, json) = (To(), CommonOptions.Json());
        var command = new VaalCommand("list", "list data sets: their terms, and which are already here",
        [
            "vaal data list",
        ])
        { to, json };
        command.SetAction(parsed =>
        {
            Output.Print(PublishedData.List(parsed.GetValue(to)), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static Command Fetch(CancellationToken stop)
    {
        var (names, to, json, quiet) = (Names(), To(), CommonOptions.Json(), CommonOptions.Quiet());
        var from = new Option<string?>("--from")
        {
            Description = "folder on this machine, or http address of one on another server, that holds the same files",
        };
        var command = new VaalCommand("fetch", "download, verify and unpack; the same command continues a stopped one",
        [
            "vaal data fetch fashion-mnist",
            "vaal data fetch cifar10 --from http://server/cifar    # without internet access",
        ])
        { names, to, from, json, quiet };
        command.SetAction(parsed =>
        {
            foreach (var name in parsed.GetValue(names)!)
            {
                using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
                var report = PublishedData.Fetch(
                    name, parsed.GetValue(to), parsed.GetValue(from), progress.Report, stop);
                Output.Print(report, parsed.GetValue(json));
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
            var exit = Run.Done;
            foreach (var name in parsed.GetValue(names)!)
            {
                using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
                var (problems, folder) = PublishedData.Check(name, parsed.GetValue(to), progress.Report, stop);
                if (problems.Count > 0) exit = Run.Mistake;
                if (parsed.GetValue(json)) Output.Json(new { name, folder, problems });
                else if (problems.Count == 0) Output.Line($"{name}: every file is as it was published");
                else foreach (var problem in problems) Output.Line($"{name}: {problem}");
            }
            return exit;
        });
        return command;
    }

    private static Argument<string[]> Names()
    {
        var names = new Argument<string[]>("name")
        {
            Description = string.Join(", ", PublishedData.Names),
            Arity = ArgumentArity.OneOrMore,
        };
        names.CompletionSources.Add([.. PublishedData.Names]);
        return names;
    }

    private static Option<string?> To() => new("--to")
    {
        Description = "folder of data sets; default: in your cache folder, where --data finds them by name",
    };
}
