using System.Globalization;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary>Says how far a bench is, in rounds. Nobody waits for the rounds of a run that failed, or that ended because
/// nothing was left to choose.</summary>
internal sealed class BenchProgress
{
    private readonly Progress _progress;
    private readonly IReadOnlyDictionary<string, int> _wanted;
    private readonly Dictionary<string, int> _rounds = [];                           // so far, by the run's name
    private int _done, _total;

    /// <param name="runs">rounds of each run, by its name</param>
    public BenchProgress(Progress progress, string name, IReadOnlyDictionary<string, int> runs)
    {
        (_progress, _wanted, _total) = (progress, runs, runs.Values.Sum());
        progress.Job(name, 0, _total);
    }

    /// <param name="rounds">one or more, the last of them the run's newest</param>
    /// <param name="earlier">of an earlier start</param>
    public void Done(string run, IReadOnlyList<RoundResult> rounds, bool earlier)
    {
        var last = rounds[^1];
        _rounds[run] = last.Round + 1;
        _done += rounds.Count;
        var over = last.Round == _wanted[run] - 1 || last.Picks.Count == 0;
        if (over) Forget(run);
        _progress.Job(run, _done, _total, earlier);
        if (!over) return;
        _progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"{_done}/{_total}  {run}: {100 * last.Accuracy:0.0}% with ") + Counted.Of(last.Labelled, "label"));
    }

    public void Failed(string run, string error)
    {
        Forget(run);
        _progress.Job(run, _done, _total);
        _progress.Say($"vaal: {run} failed, the others continue: {error.Split('\n')[0]}");
    }

    // what the run was to do and will not
    private void Forget(string run)
    {
        _total -= _wanted[run] - _rounds.GetValueOrDefault(run);
        _rounds[run] = _wanted[run];
    }
}
