namespace Vaal.Cluster.Work;

/// <summary>
/// The b highest scores of those that were added so far, in whatever order they came: of equal scores the lower id.
/// The same as <see cref="Scoring.TopB"/> gives of all at once.
/// </summary>
internal sealed class TopScores(int budget)
{
    private readonly PriorityQueue<int, (float Score, int Id)> _best = new(WorstFirst);
    private readonly HashSet<int> _ids = [];

    private static readonly Comparer<(float Score, int Id)> WorstFirst = Comparer<(float Score, int Id)>.Create(
        (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Id.CompareTo(a.Id));

    public int Count => _best.Count;

    /// <summary>The b-th best so far; null: there are fewer.</summary>
    public Bar? Bar => _best.Count >= budget && _best.TryPeek(out var id, out var worst) ? new(worst.Score, id) : null;

    /// <summary>Adds a score; an id that is among the best already is not added twice.</summary>
    public void Add(int id, float score)
    {
        if (float.IsNaN(score)) throw new ArgumentException($"the score of image {id} is not a number");
        if (Bar is { } bar && !bar.IsBeatenBy(id, score) || budget == 0 || !_ids.Add(id)) return;
        _best.Enqueue(id, (score, id));
        if (_best.Count > budget) _ids.Remove(_best.Dequeue());
    }

    /// <summary>Best first.</summary>
    public IReadOnlyList<(int Id, float Score)> Ranked() =>
        [.. _best.UnorderedItems.Select(i => (i.Element, i.Priority.Score))
            .OrderByDescending(i => i.Score).ThenBy(i => i.Element)];
}

/// <summary>What a score must beat to be among the b best.</summary>
[GenerateSerializer, Immutable]
internal sealed record Bar([property: Id(0)] float Score, [property: Id(1)] int Image)
{
    public bool IsBeatenBy(int id, float score) => score > Score || score == Score && id < Image;
}
