using System.Diagnostics;
using Vaal.Records;
using Vaal.Strategies;

namespace Vaal;

/// <summary>Measures the time and the memory of one round.</summary>
/// <param name="networks">of the round; knows how long it trained</param>
/// <param name="weigh">measure the memory too</param>
internal sealed class RoundMeter(Networks networks, bool weigh)
{
    private double _taskSeconds, _selectSeconds, _trainSeconds;
    private long? _peakBytes;

    /// <summary>Trains and tests the task model.</summary>
    public T Task<T>(Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        var result = work();
        _taskSeconds = clock.Elapsed.TotalSeconds;
        return result;
    }

    /// <summary>Does what the strategy does.</summary>
    public T Select<T>(Func<T> work)
    {
        var trained = networks.TrainingTime;
        var weighed = weigh && PeakMemory.Restart();
        var clock = Stopwatch.StartNew();
        var result = work();
        _selectSeconds = clock.Elapsed.TotalSeconds;
        _trainSeconds = (networks.TrainingTime - trained).TotalSeconds;
        _peakBytes = weighed ? PeakMemory.Bytes() : null;
        return result;
    }

    /// <summary>The result of the round with what was measured.</summary>
    public RoundResult Of(RoundResult r) => new(r.Round, r.Labelled, r.Accuracy, r.Picks, _taskSeconds,
        _selectSeconds, r.Health, _trainSeconds, _peakBytes, r.Cost)
    { Masks = r.Masks, MultiLabel = r.MultiLabel };
}
