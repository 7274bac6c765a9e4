using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Encoders;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal encoder</c>: pretrained networks that turn images into features, listed, fetched and
/// verified.</summary>
internal static class EncoderCommand
{
    public static Command Create(CancellationToken stop) =>
        new VaalCommand("encoder", "list, fetch and verify pretrained encoders",
        [
            "vaal encoder list                 # which ones there are, and where",
            "vaal encoder fetch dinov2-small   # download and verify",
        ])
        {
            List(), Fetch(stop), Check(stop),
        };

    private static Command List()
    {
        var (to, json) = (To(), CommonOptions.Json());
        var command = new VaalCommand("list", "list the known encoders, and which are already here",
        [
            "vaal encoder list",
        ])
        { to, json };
        command.SetAction(parsed =>
        {
            Output.Print(PretrainedEncoders.List(parsed.GetValue(to)), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static Command Fetch(CancellationToken stop)
    {
        var (names, to, json, quiet) = (Names(), To(), CommonOptions.Json(), CommonOptions.Quiet());
        var from = new Option<string?>("--from")
        {
            Description = "file or folder on this machine, or address of a folder on another server",
        };
        var command = new VaalCommand("fetch", "download and verify; the same command continues a stopped download",
        [
            "vaal encoder fetch dinov2-small",
            "vaal encoder fetch dinov2-small --from model.onnx   # a file that you have",
        ])
        { names, to, from, json, quiet };
        command.SetAction(parsed =>
        {
            CheckHeeded(parsed, names, to, from);
            foreach (var name in parsed.GetValue(names)!)
            {
                using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
                var report = PretrainedEncoders.Fetch(
                    name, parsed.GetValue(to), parsed.GetValue(from), progress.Report, stop);
                Output.Print(report, parsed.GetValue(json));
            }
            return Run.Done;
        });
        return command;
    }

    private static Command Check(CancellationToken stop)
    {
        var (names, to, json, quiet) = (Names("; or the path of an .onnx file"), To(), CommonOptions.Json(),
            CommonOptions.Quiet());
        var command = new VaalCommand("check",
            "verify encoders; try your own .onnx model and say what it takes and gives",
        [
            "vaal encoder check resnet18 dinov2-small",
            "vaal encoder check model.onnx",
        ])
        { names, to, json, quiet };
        command.SetAction(parsed =>
        {
            CheckHeeded(parsed, names, to);
            var exit = Run.Done;
            foreach (var name in parsed.GetValue(names)!)
            {
                using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
                var (problems, words) = PretrainedEncoders.Check(name, parsed.GetValue(to), progress.Report, stop);
                if (problems.Count > 0) exit = Run.Mistake;
                if (parsed.GetValue(json))
                    Output.Json(new { name, problems, words = problems.Count == 0 ? words : null });
                else Output.Line(problems.Count == 0 ? $"{name}: {words}"
                    : string.Join('\n', problems.Select(p => $"{name}: {p}")));
            }
            return exit;
        });
        return command;
    }

    /// <summary>Refuses an option of fetched models where no name is one of them.</summary>
    private static void CheckHeeded(ParseResult parsed, Argument<string[]> names, Option<string?> to,
        params Option<string?>[] others)
    {
        if (others.Prepend(to).FirstOrDefault(o => parsed.GetValue(o) is not null) is not { } given) return;
        string[] all = parsed.GetValue(names)!;
        if (all.All(PretrainedEncoders.IsNoDownload))
            throw new InputException($"expected an encoder that is downloaded with {given.Name}, found "
                + $"{string.Join(", ", all)}; leave out {given.Name}");
    }

    private static Argument<string[]> Names(string more = "") =>
        new("name")
        {
            Description = string.Join(", ", PretrainedEncoders.Names) + more,
            Arity = ArgumentArity.OneOrMore,
        };

    private static Option<string?> To() =>
        new("--to")
        {
            Description = "folder of fetched encoders; default: in your cache folder, where other commands look",
        };
}
