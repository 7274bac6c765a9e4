using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal simulate</c>: one run of active learning on a data set whose labels are known.</summary>
internal static class SimulateCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var arguments = new SimulateArguments();
        var command = arguments.Command;
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(arguments.Quiet));
            arguments.Check(parsed);
            var loading = arguments.Loading(parsed) with { Report = progress.Report, Cancel = stop };
            using var loaded = arguments.Load(parsed, loading);
            foreach (var note in loaded.Notes) progress.Say($"vaal: {note}");
            if (arguments.ForMasks(parsed) is { } ofMasks && LabelForm.Of(loaded.Pool) != LabelForm.Masks)
                progress.Say($"vaal: {ofMasks} is for images with masks, and these have none; it changes nothing");
            var options = arguments.Options(parsed, loaded.Pool.Count);
            var (side, pool) = (options.Vaal.SizeFor(loaded.Pool), loaded.Pool);
            if ((pool.Width, pool.Height) != (side, side))
                progress.Say($"vaal: a VAE, if the strategy uses one, sees the {pool.Width}×{pool.Height} images as "
                    + $"squares of {side} pixels; --vae-size changes that");
            var (results, page) = SimulatedRun.Run(options, loaded, parsed.GetValue(arguments.Output)!,
                parsed.GetValue(arguments.Device)!, parsed.GetValue(arguments.Save), progress.Report,
                round => Say(progress, round, options), stop);
            // one with a discriminator of its own takes its options from the same record
            if (arguments.ForVae(parsed) is { } ofVae && results.All(r => r.HeldOutAuc is null)
                && !options.Strategy.Contains("vaal", StringComparison.Ordinal))
                progress.Say($"vaal: no VAE was trained for '{options.Strategy}', so {ofVae} changed nothing");
            if (page is not null) progress.Say($"vaal: masks and predictions: {page}");
            if (parsed.GetValue(arguments.Json)) Output.Json(results);
            else Table(results).Print();
            return Run.Done;
        });
        return command;
    }

    private static void Say(Progress progress, RoundResult round, LoopOptions options)
    {
        progress.Job($"round {round.Round + 1} of {options.Rounds} done", round.Round + 1, options.Rounds);
        var cost = round.Cost is { } paid ? string.Create(Invariant, $" for {paid}") : "";
        progress.Say(string.Create(Invariant, $"round {round.Round + 1}/{options.Rounds}: "
            + $"{Counted.Of(round.Labelled, "label")}{cost}, {round.Measure} {100 * round.Accuracy:0.00}%{F1(round)}"));
        if (options.BudgetCost is { } limit && round.Round < options.Rounds - 1 && round.Picks.Count == 0)
            progress.Say(string.Create(Invariant, $"vaal: no label that costs {limit} or less is left"));
        if (options.BudgetCost is null && round.Round < options.Rounds - 1 && round.Picks.Count < options.Budget)
            progress.Say($"vaal: {Counted.Of(round.Picks.Count, "image was", "images were")} left, fewer than the "
                + $"budget of {options.Budget}; all of them were taken");
    }

    private static Table Table(IReadOnlyList<RoundResult> results)
    {
        var several = results[0].MacroF1 is not null;
        string[] measures = [results[0].Measure, .. several ? ["macro F1"] : Array.Empty<string>()];
        var table = new Table(["round", "labels", .. measures, "train s", "select s", "held-out AUC of D"]);
        foreach (var r in results)
        {
            string[] measured = [Percent(r.Accuracy), .. r.MacroF1 is { } f1 ? [Percent(f1)] : Array.Empty<string>()];
            table.Add([$"{r.Round + 1}", $"{r.Labelled}", .. measured,
                Fixed(r.TaskSeconds, "0.0"), Fixed(r.SelectSeconds, "0.0"),
                r.HeldOutAuc is { } auc ? Fixed(auc, "0.000") : ""]);
        }
        return table;
    }

    private static string F1(RoundResult round) => round.MacroF1 is { } f1 ? $", macro F1 {Percent(f1)}" : "";

    private static string Percent(double share) => Fixed(100 * share, "0.00") + "%";

    private static string Fixed(double value, string format) => value.ToString(format, Invariant);
}
