namespace Vaal.Cli.Terminal;

/// <summary>
/// Time left, from the pace of late: over the last half minute, or over the last few units where one takes longer.
/// What was fast or slow before that no longer counts.
/// </summary>
internal sealed class TimeLeft(TimeProvider clock)
{
    private const int FewUnits = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30), Spacing = TimeSpan.FromSeconds(0.5), Enough = TimeSpan.FromSeconds(1);

    private readonly Queue<(long Time, double Done)> _samples = new();
    private (long Time, double Done) _last, _newestSample;

    /// <summary>Anything counted upwards; a smaller number than before begins anew. Cheap: keeps two samples a second.</summary>
    public void Count(double done)
    {
        var now = clock.GetTimestamp();
        if (_samples.Count > 0 && done == _last.Done) return;
        if (done < _last.Done) _samples.Clear();
        _last = (now, done);
        if (_samples.Count > 0 && clock.GetElapsedTime(_newestSample.Time, now) < Spacing) return;
        _samples.Enqueue(_newestSample = _last);
        while (_samples.Count > FewUnits && clock.GetElapsedTime(_samples.ElementAt(1).Time, now) >= Window) _samples.Dequeue();
    }

    public void Restart()
    {
        _samples.Clear();
        _last = default;
    }

    /// <summary>Counts a second; null until a second's worth is known.</summary>
    public double? Rate()
    {
        if (_samples.Count == 0) return null;
        var oldest = _samples.Peek();
        var time = clock.GetElapsedTime(oldest.Time, _last.Time);
        return time >= Enough ? (_last.Done - oldest.Done) / time.TotalSeconds : null;
    }

    /// <summary>Time until <paramref name="total"/> at that pace, less the time already spent on the unit under way; null where it is not known.</summary>
    public TimeSpan? Until(double total)
    {
        if (total <= 0 || Rate() is not { } rate) return null;
        var spent = Math.Min(clock.GetElapsedTime(_last.Time).TotalSeconds, 1 / rate);
        var seconds = Math.Max(0, (total - _last.Done) / rate - spent);
        return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
