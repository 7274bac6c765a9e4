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
    /// <param name="finished">called after each round</param>
    /// <returns>one result a round, and the page; null: the images have no masks</returns>
    /// <exception cref="InputException">options and data do not go together, the folder holds another run, or a
    /// finished round kept no networks and they are wanted</exception>
    public static (IReadOnlyList<RoundResult> Rounds, string? Page) Run(LoopOptions options, DataSet data,
        string folder, string device = "cpu", bool saveModels = false, Action<TrainEvent>? report = null,
        Action<RoundResult>? finished = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        ActiveLearningLoop.Check(options, data);                                     // before the folder is taken
        using var run = RunFolder.Open(folder, options, data.Name, data.Fingerprint);
        if (saveModels && run.Rounds().Any(r => !Directory.Exists(run.Models(r.Round))))
            throw new InputException($"{folder} has rounds whose networks were not kept; give another folder, or leave "
                + "out --save");
        (run.SaveModels, run.SaveOverlays) = (saveModels, true);
        var rounds = new ActiveLearningLoop(options, data, run, Devices.Named(device)).Run(report, finished, cancel);
        ResultsFile.Write(folder, [.. rounds.Select(r => ResultRow.Of(options.Strategy, options.Seed, r))]);
        return (rounds, data.Pool.Masks is null ? null : MaskReport.Save(folder, run, options, data, rounds));
    }
}
