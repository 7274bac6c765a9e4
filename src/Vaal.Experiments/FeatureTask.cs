namespace Vaal.Experiments;

/// <summary>A pool and test images by their features, with the true classes: what a run on features needs.</summary>
/// <param name="Pool">(N, F), row after row</param>
/// <param name="Classes">of each row of the pool, 0..K − 1</param>
/// <param name="Test">(M, F)</param>
/// <param name="TestClasses">of each row of the test images</param>
/// <param name="Width">F</param>
/// <param name="ClassCount">K</param>
internal sealed record FeatureTask(
    float[] Pool, int[] Classes, float[] Test, int[] TestClasses, int Width, int ClassCount)
{
    /// <summary>N.</summary>
    public int Count => Classes.Length;

    /// <summary>Of each row of the pool, which row it was before any were left out.</summary>
    public IReadOnlyList<int> Ids { get; private init; } = [.. Enumerable.Range(0, Classes.Length)];

    /// <summary>Some rows of the pool, in this order; a row may be named twice.</summary>
    public FeatureTask Rows(IReadOnlyList<int> rows)
    {
        var pool = new float[checked(rows.Count * Width)];
        for (var i = 0; i < rows.Count; i++)
            Pool.AsSpan(rows[i] * Width, Width).CopyTo(pool.AsSpan(i * Width));
        return this with
        {
            Pool = pool,
            Classes = [.. rows.Select(row => Classes[row])],
            Ids = [.. rows.Select(row => Ids[row])],
        };
    }

    /// <summary>A random share of the pool, so that each seed has a pool of its own.</summary>
    public FeatureTask Part(double share, long seed)
    {
        int[] rows = [.. Enumerable.Range(0, Count)];
        new Random((int)seed).Shuffle(rows);
        return Rows([.. rows[..(int)(share * rows.Length)].Order()]);
    }
}
