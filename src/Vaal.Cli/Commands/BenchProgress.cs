using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Experiments;

namespace Vaal.Cli.Commands;

/// <summary>Says how far a bench is, in rounds. Nobody waits for the rounds of a run that failed, or that ended because
/// nothing was left to choose.</summary>
internal sealed class BenchProgress
{
    private readonly Progress _progress;
    private readonly Dictionary<string, int> _rounds = [];                           // so far, by the run's name
    private int _done, _total;

    /// <param name="total">rounds of all runs together</param>
    public BenchProgress(Progress progress, string name, int total)
    {
        (_progress, _total) = (progress, total);
        progress.Job(name, 0, total);
    }

    /// <param name="rounds">one or more, the last of them the run's newest</param>
    /// <param name="earlier">of an earlier start</param>
    public void Done(BenchCell cell, IReadOnlyList<RoundResult> rounds, bool earlier)
    {
        var last = rounds[^1];
        _rounds[cell.Name] = last.Round + 1;
        _done += rounds.Count;
        var over = last.Round == cell.Rounds - 1 || last.Picks.Count == 0;
        if (over) Forget(cell);
        _progress.Job(cell.Name, _done, _total, earlier);
        if (!over) return;
        _progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"{_done}/{_total}  {cell.Name}: {100 * last.Accuracy:0.0}% with ") + Counted.Of(last.Labelled, "label"));
    }

    public void Failed(BenchCell cell, BenchFailure failure)
    {
        Forget(cell);
        _progress.Job(cell.Name, _done, _total);
        _progress.Say($"vaal: {failure.Name} failed, the others continue: {failure.Error.Split('\n')[0]}");
    }

    // what the run was to do and will not
    private void Forget(BenchCell cell)
    {
        _total -= cell.Rounds - _rounds.GetValueOrDefault(cell.Name);
        _rounds[cell.Name] = cell.Rounds;
    }
}
