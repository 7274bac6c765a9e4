namespace Vaal.Cli.Terminal;

/// <summary>
/// Time left at the recent pace: that of the last half minute, or of the last few units if one takes longer.
/// Earlier work does not count.
/// </summary>
internal sealed class TimeLeft(TimeProvider clock)
{
    private const int FewUnits = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);

    private readonly Queue<(long Time, double Done)> _samples = new();
    private (long Time, double Done) _last, _newestSample;

    /// <summary>Any number that grows; a smaller number restarts. Cheap: keeps two samples a second.</summary>
    public void Count(double done)
    {
        var now = clock.GetTimestamp();
        if (_samples.Count > 0 && done == _last.Done) return;
        if (done < _last.Done) _samples.Clear();
        _last = (now, done);
        if (_samples.Count > 0 && clock.GetElapsedTime(_newestSample.Time, now) < Spacing) return;
        _samples.Enqueue(_newestSample = _last);
        while (_samples.Count > FewUnits && clock.GetElapsedTime(_samples.ElementAt(1).Time, now) >= Window)
            _samples.Dequeue();
    }

    public void Restart()
    {
        _samples.Clear();
        _last = default;
    }

    /// <summary>Counts per second; null until one second is known.</summary>
    public double? Rate()
    {
        if (_samples.Count == 0) return null;
        var oldest = _samples.Peek();
        var time = clock.GetElapsedTime(oldest.Time, _last.Time);
        return time >= Enough ? (_last.Done - oldest.Done) / time.TotalSeconds : null;
    }

    /// <summary>Time until <paramref name="total"/> at that pace, minus the time spent on the current unit; null if
    /// unknown.</summary>
    public TimeSpan? Until(double total)
    {
        if (total <= 0 || Rate() is not { } rate) return null;
        var spent = Math.Min(clock.GetElapsedTime(_last.Time).TotalSeconds, 1 / rate);
        var seconds = Math.Max(0, (total - _last.Done) / rate - spent);
        return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
