namespace Vaal.Training;

/// <summary>
/// Endless shuffled batches of ids. Batch k depends only on the seed, the stream's name and k. So a resumed run draws
/// the same batches as an undisturbed one.
/// </summary>
/// <param name="dropLast">leave the short batch at the end of a pass out (where there is a full one)</param>
internal sealed class BatchSampler(int[] ids, int batchSize, bool dropLast, long seed, string stream)
{
    private readonly int _size = Math.Min(batchSize, ids.Length);
    private readonly long _perPass = dropLast
        ? Math.Max(1, ids.Length / Math.Max(1, Math.Min(batchSize, ids.Length)))
        : (ids.Length + batchSize - 1) / batchSize;
    private int[] _order = [];
    private long _pass = -1;

    /// <summary>The ids of batch <paramref name="k"/>, 0, 1, 2, …</summary>
    public ReadOnlySpan<int> this[long k]
    {
        get
        {
            var (pass, index) = Math.DivRem(k, _perPass);
            if (pass != _pass) Shuffle(pass);
            var start = (int)index * _size;
            return _order.AsSpan(start, Math.Min(_size, _order.Length - start));
        }
    }

    private void Shuffle(long pass)
    {
        _order = [.. ids];
        new Random((int)Seeds.Derive(seed, stream, pass)).Shuffle(_order);
        _pass = pass;
    }
}
