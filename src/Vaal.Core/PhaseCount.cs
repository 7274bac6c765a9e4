namespace Vaal;

/// <summary>
/// Counts the units of a phase, which several threads may finish, and tells how far it has come: about a thousand times
/// at most. Events arrive on the thread that made this, and their numbers never fall.
/// </summary>
internal sealed class PhaseCount
{
    private const int MostEvents = 1_000;

    private readonly Action<TrainEvent>? _report;
    private readonly string _phase;
    private readonly long _total;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _done, _told;

    /// <param name="report">hears of it; null: nobody does</param>
    /// <param name="phase">what is being done, in the user's words</param>
    /// <param name="total">units in all; with none, nothing is told</param>
    public PhaseCount(Action<TrainEvent>? report, string phase, long total)
    {
        (_report, _phase, _total) = (total > 0 ? report : null, phase, total);
        Tell(0);
    }

    /// <summary>So many more units are finished; on any thread.</summary>
    public void Add(long units = 1)
    {
        var done = Interlocked.Add(ref _done, units);
        if (_report is null || Environment.CurrentManagedThreadId != _thread) return;
        if (done >= _total ? _told < _total : done - _told >= _total / (double)MostEvents) Tell(Math.Min(done, _total));
    }

    /// <summary>All units are finished: another thread may have done the last of them.</summary>
    public void End()
    {
        if (_told < _total) Tell(_total);
    }

    private void Tell(long done)
    {
        _told = done;
        _report?.Invoke(new TrainEvent(_phase, done, _total));
    }
}
