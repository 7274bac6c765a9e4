using System.Collections.Concurrent;
using System.Numerics.Tensors;
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
    private readonly Cached<PoolIndex, int[]> _clusters = new(), _middles = new();
    private readonly Cached<PoolIndex, (float[] X, float[] Y)> _map = new();
    private readonly Cached<Learned, (int[] Classes, float[] Probabilities)> _guesses = new();

    /// <summary>The group of each row of the pool.</summary>
    public int[] Clusters(PoolIndex index) => _clusters.Of(index,
        () => FeatureGroups.Of(index.Pool, Math.Clamp(index.Positions.Length / GroupOfImages, 2, MostGroups)));

    /// <summary>Of each group the row that is most like the group's mean.</summary>
    public int[] Middles(PoolIndex index) => _middles.Of(index, () =>
    {
        var (groups, width, row) = (Clusters(index), index.Pool.Width, new float[index.Pool.Width]);
        var means = new float[groups.Max() + 1][];
        for (var r = 0; r < groups.Length; r++)
        {
            index.Pool.Copy(r, row);
            var mean = means[groups[r]] ??= new float[width];
            TensorPrimitives.Add(mean, row, mean);
        }
        var (middles, nearest) = (new int[means.Length], new double[means.Length]);
        Array.Fill(nearest, double.NegativeInfinity);
        for (var r = 0; r < groups.Length; r++)
        {
            index.Pool.Copy(r, row);
            if (UnitRows.Dot(row, means[groups[r]]) is var likeness && likeness > nearest[groups[r]])
                (middles[groups[r]], nearest[groups[r]]) = (r, likeness);
        }
        return middles;
    });

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
