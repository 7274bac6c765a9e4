using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal simulate</c>: one run of active learning on a data set whose labels are known.</summary>
internal static class SimulateCommand
{
    public static Command Create(CancellationToken stop)
    {
        var arguments = new SimulateArguments();
        var command = arguments.Command;
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(arguments.Quiet));
            arguments.Check(parsed);
            var loading = arguments.Loading(parsed, progress.Report, stop);
            using var loaded = arguments.Load(parsed, loading);
            foreach (var note in loaded.Notes) progress.Say($"vaal: {note}");
            var options = arguments.Options(parsed, loaded.Pool.Count);
            var all = parsed.GetValue(arguments.Rounds);
            var (_, table) = SimulatedRun.Run(options, loaded, parsed.GetValue(arguments.Output)!,
                parsed.GetValue(arguments.Device)!, parsed.GetValue(arguments.Save),
                line => progress.Say($"vaal: {line}"), arguments.ForMasks(parsed), arguments.ForVae(parsed),
                progress.Report, (round, line) =>
                {
                    progress.Job($"round {round.Round + 1} of {all} done", round.Round + 1, all);
                    progress.Say(line);
                }, stop);
            Output.Print(table, parsed.GetValue(arguments.Json));
            return Run.Done;
        });
        return command;
    }
}
