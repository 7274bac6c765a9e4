namespace Vaal;

/// <summary>How far a long piece of work has come. Events arrive on the thread that does the work.</summary>
public sealed class TrainEvent
{
    public TrainEvent(string phase, long done, long total, IReadOnlyDictionary<string, double>? values = null) =>
        (Phase, Done, Total, Values) = (phase, done, total, values);

    /// <summary>What is being done, in the user's words: <c>decoding</c>, <c>training VAE</c>.</summary>
    public string Phase { get; internal init; }

    /// <summary>Units finished, 0..<see cref="Total"/>.</summary>
    public long Done { get; internal init; }

    /// <summary>Units in all; 0 where that is not known.</summary>
    public long Total { get; internal init; }

    /// <summary>Measurements worth showing, by name: losses, accuracies.</summary>
    public IReadOnlyDictionary<string, double>? Values { get; internal init; }
}
