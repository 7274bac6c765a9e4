namespace Vaal;

/// <summary>How far a long piece of work has come. Events arrive on the thread that does the work.</summary>
/// <param name="Phase">what is being done, in the user's words: <c>decoding</c>, <c>training VAE</c></param>
/// <param name="Done">units finished, 0..<paramref name="Total"/></param>
/// <param name="Total">units in all; 0 where that is not known</param>
/// <param name="Values">measurements worth showing, by name: losses, accuracies</param>
public sealed record TrainEvent(
    string Phase, long Done, long Total, IReadOnlyDictionary<string, double>? Values = null);
