
namespace Vaal.Scoring;

/// <summary>The b best of N in O(N log b) time and O(b) memory.</summary>
internal static class TopB
{
    /// <summary>The ids with the highest scores, best first; of equal scores the lower id. NaN is an error.</summary>
    public static Selection Highest(ReadOnlySpan<int> ids, ReadOnlySpan<float> scores, int budget)
    {
        if (ids.Length != scores.Length) throw new ArgumentException($"{ids.Length} ids, {scores.Length} scores");
        var best = new PriorityQueue<int, (float Score, int Id)>(Math.Min(budget, ids.Length) + 1, WorstFirst);
        for (var i = 0; i < ids.Length; i++)
        {
            if (float.IsNaN(scores[i])) throw new ArgumentException($"the score of image {ids[i]} is not a number");
            if (best.Count < budget) best.Enqueue(i, (scores[i], ids[i]));
            else if (budget > 0) best.EnqueueDequeue(i, (scores[i], ids[i]));
        }
        var (chosen, values) = (new int[best.Count], new float[best.Count]);
        for (var rank = best.Count - 1; rank >= 0; rank--)
        {
            var i = best.Dequeue();
            (chosen[rank], values[rank]) = (ids[i], scores[i]);
        }
        return new Selection(chosen, values);
    }

    private static readonly Comparer<(float Score, int Id)> WorstFirst = Comparer<(float Score, int Id)>.Create(
        (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Id.CompareTo(a.Id));
}
