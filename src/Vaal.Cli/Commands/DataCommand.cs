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
            var sets = PublishedData.In(parsed.GetValue(to));
            if (parsed.GetValue(json))
            {
                Output.Json(sets.Select(s => new
                {
                    s.Name,
                    poolImages = Number(s.Images, 0),
                    testImages = Number(s.Images, 1),
                    bytes = s.Instead is null ? s.Bytes : (long?)null,
                    s.Terms,
                    fetched = s.IsHere,
                    bytesHere = s.Instead is null ? s.BytesHere : (long?)null,
                    folder = s.Instead is null ? s.Folder : null,
                    s.Instead,
                }));
                return Run.Done;
            }
            var table = new Table("name", "images", "MB", "here");
            foreach (var s in sets) table.Add(s.Name, s.Images, s.Instead is null ? Megabytes(s) : "", Here(s));
            table.Print();
            Output.Line();
            Output.Line("Terms of use:");
            foreach (var s in sets) Output.Line($"  {s.Name}: {s.Terms}");
            foreach (var instead in sets.Select(s => s.Instead).OfType<string>()) Output.Line(instead);
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
                var (set, fetched) = PublishedData.Fetch(
                    name, parsed.GetValue(to), parsed.GetValue(from), progress.Report, stop);
                if (parsed.GetValue(json)) Output.Json(new { set.Name, fetched, folder = set.Folder, set.Terms });
                else
                {
                    Output.Line($"{set.Name} {(fetched ? "is now" : "was already")} in {set.Folder}, "
                        + $"every file verified. Terms: {set.Terms}");
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
            var exit = Run.Done;
            foreach (var name in parsed.GetValue(names)!)
            {
                using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
                var problems = PublishedData.Check(name, parsed.GetValue(to), progress.Report, stop);
                if (problems.Count > 0) exit = Run.Mistake;
                if (parsed.GetValue(json))
                {
                    var folder = PublishedData.In(parsed.GetValue(to)).Single(s => s.Name == name).Folder;
                    Output.Json(new { name, folder, problems });
                }
                else if (problems.Count == 0) Output.Line($"{name}: every file is as it was published");
                else foreach (var problem in problems) Output.Line($"{name}: {problem}");
            }
            return exit;
        });
        return command;
    }

    // of "50,000 + 10,000" the pool's or the test set's; null: there is none
    private static int? Number(string images, int part) =>
        images.Split('+').ElementAtOrDefault(part) is { } number
        && int.TryParse(number, NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite
            | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static string Here(PublishedSet set) => set switch
    {
        { Instead: not null } => "by its path",
        { IsHere: true } => set.Folder,
        { BytesHere: > 0 } => string.Create(CultureInfo.InvariantCulture,
            $"{100 * set.BytesHere / set.Bytes}% of it; fetch again to continue"),
        _ => "no",
    };

    private static string Megabytes(PublishedSet set) =>
        (set.Bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture);

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
