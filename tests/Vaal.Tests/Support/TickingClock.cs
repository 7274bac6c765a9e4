namespace Vaal.Tests;

/// <summary>A second later each time somebody looks.</summary>
internal sealed class TickingClock : TimeProvider
{
    private long _seconds;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => ++_seconds;
}
