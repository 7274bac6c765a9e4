using System.Collections.Concurrent;
using Vaal.Coverage;
using Vaal.Records;

namespace Vaal.Web;

/// <summary>
/// What takes long and is asked for again: groups and map of the features, and what the head says of the whole pool.
/// Each is made once, by the first who asks, while the workspace stays free for others.
/// </summary>
internal sealed class Computed
{
    private const int GroupOfImages = 60, MostGroups = 200, Block = 512;
    private readonly Cached<PoolIndex, int[]> _clusters = new();
    private readonly Cached<PoolIndex, (float[] X, float[] Y)> _map = new();
    private readonly Cached<Learned, (int[] Classes, float[] Probabilities)> _guesses = new();

    /// <summary>The group of each row of the pool.</summary>
    public int[] Clusters(PoolIndex index) => _clusters.Of(index,
        () => FeatureGroups.Of(index.Pool, Math.Clamp(index.Positions.Length / GroupOfImages, 2, MostGroups)));

    /// <summary>Where each row of the pool lies on the map.</summary>
    public (float[] X, float[] Y) Map(PoolIndex index) => _map.Of(index, () => FeatureMap.Of(index.Pool));

    /// <summary>The most probable class of each row of the pool, and its probability.</summary>
    public (int[] Classes, float[] Probabilities) Guesses(Learned learned) => _guesses.Of(learned, () =>
    {
        var (count, k) = (learned.Index.Positions.Length, learned.Names.Length);
        var (classes, probabilities) = (new int[count], new float[count]);
        Blocks.InParallel(count, Block, (from, end) =>
        {
            var p = learned.Probabilities([.. Enumerable.Range(from, end - from)]);
            for (var r = from; r < end; r++)
            {
                var own = p.AsSpan((r - from) * k, k);
                classes[r] = Learned.Best(own);
                probabilities[r] = (float)own[classes[r]];
            }
        });
        return (classes, probabilities);
    });

    /// <summary>Makes what a grid needs, before the workspace is held for it.</summary>
    public void Prepare(string by, Learned? learned)
    {
        if (by == "cluster" && learned is not null) Clusters(learned.Index);
        if (by == "class" && learned is { Head: not null }) Guesses(learned);
    }

    // of the newest only
    private sealed class Cached<TOf, T> where TOf : class
    {
        private readonly ConcurrentDictionary<TOf, Lazy<T>> _values = new(ReferenceEqualityComparer.Instance);

        public T Of(TOf of, Func<T> make)
        {
            foreach (var old in _values.Keys.Where(k => !ReferenceEquals(k, of))) _values.TryRemove(old, out _);
            return _values.GetOrAdd(of, _ => new(make)).Value;
        }
    }
}
