namespace Vaal.Records;

/// <summary>One measurement while training.</summary>
/// <param name="Step">units done: iterations, epochs</param>
internal sealed record TrainingPoint(string Phase, long Step, IReadOnlyDictionary<string, double> Values);

/// <summary>Keeps what a training says of itself, in bounded memory: when it is full, every second point
/// goes.</summary>
internal sealed class TrainingRecord
{
    private const int Most = 400;
    private readonly Dictionary<string, (List<TrainingPoint> Points, int Every, int Seen)> _phases = [];

    /// <summary>Takes the event's values, where it has any; pass it on to whoever else wants it.</summary>
    public void Add(TrainEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (e.Values is not { Count: > 0 } values) return;
        var (points, every, seen) = _phases.TryGetValue(e.Phase, out var phase) ? phase : ([], 1, 0);
        if (seen++ % every == 0) points.Add(new(e.Phase, e.Done, values));
        if (points.Count == Most)
        {
            points = [.. points.Where((_, i) => i % 2 == 0)];
            every *= 2;
        }
        _phases[e.Phase] = (points, every, seen);
    }

    /// <summary>Phase by phase, in the order in which they began.</summary>
    public IReadOnlyList<TrainingPoint> Points => [.. _phases.Values.SelectMany(p => p.Points)];
}
