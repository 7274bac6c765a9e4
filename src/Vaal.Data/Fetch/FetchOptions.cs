namespace Vaal.Data.Fetch;

/// <summary>How files are fetched.</summary>
internal sealed record FetchOptions
{
    /// <summary>URL of a folder that holds the files, in place of their publisher's: a mirror.</summary>
    public string? From { get; init; }

    /// <summary>A server that sends less than <see cref="LeastBytes"/> for this long counts as gone.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A slow line brings more than this in <see cref="Patience"/>; a server that sends a byte now and then
    /// does not.</summary>
    public int LeastBytes { get; init; } = 1 << 14;

    /// <summary>Waits before the next attempt, or until stopped.</summary>
    public Action<TimeSpan, CancellationToken> Wait { get; init; } = (time, cancel) => cancel.WaitHandle.WaitOne(time);

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
