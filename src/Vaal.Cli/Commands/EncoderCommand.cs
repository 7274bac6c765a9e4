using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data.Fetch;
using Vaal.Encoders;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal encoder</c>: pretrained networks that turn images into features, listed, fetched and
/// verified.</summary>
internal static class EncoderCommand
{
    public static Command Create(CancellationToken stop) =>
        new VaalCommand("encoder", "list, fetch and verify pretrained encoders",
        [
            "vaal encoder list                 # what there is, and where",
            "vaal encoder fetch dinov2-small   # download and verify",
        ])
        {
            List(), Fetch(stop), Check(stop),
        };

    private static Command List()
    {
        var (to, json) = (To(), CommonOptions.Json());
        var command = new VaalCommand("list", "the encoders that have a name, and which are here",
        [
            "vaal encoder list",
        ])
        { to, json };
        command.SetAction(parsed =>
        {
            var store = FetchedEncoder.Store(parsed.GetValue(to));
            if (parsed.GetValue(json))
            {
                Output.Json(EncoderTable.All.Values.Select(e => new
                {
                    e.Name,
                    e.Description,
                    features = e.FeatureDim,
                    e.Licence,
                    bytes = e.Source?.Bytes ?? 0,
                    here = IsHere(store, e),
                }));
                return Run.Done;
            }
            var table = new Table("name", "features", "MB", "licence", "here", "what");
            foreach (var e in EncoderTable.All.Values)
                table.Add(e.Name, Text(e.FeatureDim), e.Source is { } s
                    ? (s.Bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture) : "",
                    e.Licence, Here(store, e), e.Description);
            table.Print();
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
            var store = FetchedEncoder.Store(parsed.GetValue(to));
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var options = new FetchOptions { From = parsed.GetValue(from), Report = progress.Report, Cancel = stop };
            foreach (var encoder in parsed.GetValue(names)!.Select(EncoderTable.Named).ToList())
            {
                var fetched = encoder.Source is { } source && store.Fetch(source, options);
                var folder = encoder.Source is { } s ? store.Folder(s) : null;
                if (parsed.GetValue(json)) Output.Json(new { encoder.Name, fetched, folder });
                else Output.Line(folder is null ? $"{encoder.Name} comes with vaal; there is nothing to fetch"
                    : $"{encoder.Name} {(fetched ? "is now" : "was already")} in {folder}, verified. "
                        + $"Licence: {encoder.Licence}");
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
            var store = FetchedEncoder.Store(parsed.GetValue(to));
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var exit = Run.Done;
            foreach (var name in parsed.GetValue(names)!)
            {
                if (EncoderTable.Problem(name) is { } unknown) throw new InputException(unknown);
                var problems = Problems(name, store, progress.Report, stop);
                if (problems.Count > 0) exit = Run.Mistake;
                if (parsed.GetValue(json)) Output.Json(new { name, problems });
                else Output.Line(problems.Count == 0 ? $"{name}: {Fine(name)}"
                    : string.Join('\n', problems.Select(p => $"{name}: {p}")));
            }
            return exit;
        });
        return command;
    }

    private static IReadOnlyList<string> Problems(string name, DataStore store, Action<TrainEvent> report,
        CancellationToken stop)
    {
        try
        {
            if (!EncoderTable.All.TryGetValue(name, out var encoder))
                EncoderTable.Open(name, new EncoderContext()).Dispose();
            else if (encoder.Source is { } source) return store.Check(source, report, stop);
            else encoder.Verify?.Invoke();
            return [];
        }
        catch (InputException e)
        {
            return [e.Message];
        }
    }

    private static string Fine(string name)
    {
        if (EncoderTable.All.TryGetValue(name, out var known))
            return known.Source is not null ? "every file is as it was published" : known.Verify is null
                ? "nothing to verify" : "the model is whole";
        using var encoder = EncoderTable.Open(name, new EncoderContext());
        return $"takes {encoder.Input.Size}×{encoder.Input.Size} pixels, gives {encoder.FeatureDim} features; "
            + $"digest {encoder.Digest[..12]}";
    }

    private static bool IsHere(DataStore store, EncoderEntry encoder) => encoder.Source is not { } source
        || store.Holds(source);

    private static string Here(DataStore store, EncoderEntry encoder) => encoder.Source is not { } source
        ? "comes with vaal"
        : store.Holds(source) ? store.Folder(source)
        : store.Partly(source) is var part and > 0 ? $"{Text(100 * part / source.Bytes)}% of it; fetch again to go on"
        : "no";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Argument<string[]> Names(string more = "") =>
        new("name") { Description = string.Join(", ", EncoderTable.All.Keys) + more, Arity = ArgumentArity.OneOrMore };

    private static Option<string?> To() =>
        new("--to") { Description = "folder of fetched encoders; left out: in your cache folder" };
}
