using Vaal.Data;
using Vaal.Experiments;

namespace Vaal.Reports;

/// <summary>One run of <see cref="ActiveLearningLoop"/> whose folder keeps its rounds: a run that was stopped goes on
/// where it was.</summary>
public static class SimulatedRun
{
    /// <summary>Runs to the end, and writes <c>results.csv</c>, <c>results.json</c> and, of masks, a page.</summary>
    /// <param name="folder">for results; that of a run with other options or data is refused</param>
    /// <param name="device">a name of <see cref="Devices"/></param>
    /// <param name="saveModels">keep the task model, the VAE and the discriminator of every round</param>
    /// <param name="tell">receives a line for each thing that one must know of the run: what changes nothing, what was
    /// left to choose, where the page is</param>
    /// <param name="forMasks">what was asked for and is only for images with masks, such as <c>--frame</c>: a line says
    /// where it changes nothing; null: nothing</param>
    /// <param name="forVae">the same of what is only for VAE and discriminator</param>
    /// <param name="finished">called after each round, with a line about it</param>
    /// <returns>one result a round, and the table of them</returns>
    /// <exception cref="InputException">options and data do not go together, the folder holds another run, or a
    /// finished round kept no networks and they are wanted</exception>
    public static (IReadOnlyList<RoundResult> Rounds, Report Table) Run(LoopOptions options, DataSet data,
        string folder, string device = "cpu", bool saveModels = false, Action<string>? tell = null,
        string? forMasks = null, string? forVae = null, Action<TrainEvent>? report = null,
        Action<RoundResult, string>? finished = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        var say = tell ?? (_ => { });
        var (pool, masks) = (data.Pool, data.Pool.Masks is not null);
        if (forMasks is not null && !masks)
            say($"{forMasks} is for images with masks, and these have none; it changes nothing");
        if (options.Vaal.SizeFor(pool) is var side && (pool.Width, pool.Height) != (side, side))
            say($"a VAE, if the strategy uses one, sees the {pool.Width}×{pool.Height} images as squares of {side} "
                + "pixels; --vae-size changes that");
        Simulation.Check(options, data);                                         // before the folder is taken
        using var run = RunFolder.Open(folder, options, data.Name, data.Fingerprint);
        if (saveModels && run.Rounds().Any(r => !Directory.Exists(run.Models(r.Round))))
            throw new InputException($"{folder} has rounds whose networks were not kept; give another folder, or leave "
                + "out --save");
        (run.SaveModels, run.SaveOverlays) = (saveModels, true);
        var rounds = new ActiveLearningLoop(options, data, run, Devices.Named(device)).Run(report, round =>
        {
            finished?.Invoke(round, RoundsTable.Line(round, options.Rounds));
            if (Left(round, options) is { } left) say(left);
        }, cancel);
        ResultsFile.Write(folder, [.. rounds.Select(r => ResultRow.Of(options.Strategy, options.Seed, r))]);
        var page = masks ? MaskReport.Save(folder, run, options, data, rounds) : null;
        // one with a discriminator of its own takes its options from the same record
        if (forVae is not null && rounds.All(r => r.HeldOutAuc is null)
            && !options.Strategy.Contains("vaal", StringComparison.Ordinal))
            say($"no VAE was trained for '{options.Strategy}', so {forVae} changed nothing");
        if (page is not null) say($"masks and predictions: {page}");
        return (rounds, new RoundsTable(rounds));
    }

    // of a round that is not the last and could not choose as many as it should
    private static string? Left(RoundResult round, LoopOptions options)
    {
        var picks = round.Picks.Count;
        if (round.Round >= options.Rounds - 1) return null;
        if (options.BudgetCost is { } limit)
            return picks > 0 ? null : FormattableString.Invariant($"no label that costs {limit} or less is left");
        return picks >= options.Budget ? null
            : $"{Counted.Of(picks, "image was", "images were")} left, fewer than the budget of {options.Budget}; all "
                + "of them were taken";
    }
}
