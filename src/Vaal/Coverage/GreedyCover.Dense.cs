using System.Numerics.Tensors;

namespace Vaal.Coverage;

/// <summary>
/// The first choices where nearly every pair still counts: bounds by fixed-point products, then the exact gain of the
/// few that may be greatest.
/// </summary>
internal sealed partial class GreedyCover
{
    private const int DenseOwn = 256, DenseOthers = 256, MostStale = 256;

    /// <summary>Float32 sums of gains may be off by this share.</summary>
    private const double Rounding = 1e-5;

    /// <summary>Numbers of the summed rows that are kept as floats: 128 MB.</summary>
    private const long MostKept = 1 << 25;

    private void Densely(Choice choice, CancellationToken cancel)
    {
        var floats = (long)_summed.Length * _rows.Width <= MostKept ? _rows.Copy(_summed) : null;
        var bounds = new double[_candidates.Length];
        Bound([.. Enumerable.Range(0, bounds.Length)], bounds, choice, cancel);
        // choices that a bound has seen; whether it is the gain itself
        var (age, exact) = (new int[bounds.Length], new bool[bounds.Length]);
        var queue = new PriorityQueue<int, (double Minus, int Position)>(
            Enumerable.Range(0, bounds.Length).Where(j => !choice.IsTaken(j)).Select(j => (j, (-bounds[j], j))));
        var look = 16; // after so many choices the pairs are estimated again
        while (!choice.Done)
        {
            if (choice.Picks.Count == look)
            {
                if (Pairs(choice, cancel) <= MostPairs / 2) return;
                look *= 2;
            }
            var best = queue.Peek();
            while (age[best] < choice.Picks.Count || !exact[best])
            {
                cancel.ThrowIfCancellationRequested();
                var now = choice.Picks.Count;
                var stale = age[best] < now;
                var batch = Batch(queue, stale ? MostStale : Environment.ProcessorCount,
                    j => stale ? age[j] < now : age[j] == now && !exact[j]);
                if (stale) Bound(batch, bounds, choice, cancel);
                else Exact(batch, bounds, choice, floats, cancel);
                foreach (var j in batch)
                {
                    (age[j], exact[j]) = (now, !stale);
                    queue.Enqueue(j, (-bounds[j], j));
                }
                best = queue.Peek();
            }
            queue.Dequeue();
            choice.Take(best, bounds[best]);
            CoverAll(best, choice, floats);
        }
    }

    // from the top, as long as they want the same
    private static int[] Batch(PriorityQueue<int, (double, int)> queue, int most, Func<int, bool> wants)
    {
        var positions = new List<int>(most);
        while (positions.Count < most && queue.TryPeek(out var j, out _) && wants(j)) positions.Add(queue.Dequeue());
        return [.. positions];
    }

    // at least the gain
    private void Bound(int[] positions, double[] bounds, Choice choice, CancellationToken cancel)
    {
        int[] ids = Array.ConvertAll(positions, p => _candidates[p]);
        float[] half = [.. _summed.Select(row => (float)(_rows.Half(row) - ShortBlock.Error(_rows.Width)))];
        float[] likeness = Array.ConvertAll(choice.Likeness, c => (float)c);
        float[] weights = [.. _summed.Select((_, i) => (float)choice.Weight(i))];
        const float unit = 1f / ShortProducts.One / ShortProducts.One;
        var block = Math.Clamp(ids.Length / (2 * Environment.ProcessorCount), 4, DenseOwn);
        Blocks.InParallel(ids.Length, block, (from, end) =>
        {
            var (mine, theirs, products) = (new ShortBlock(_rows, end - from), new ShortBlock(_rows, DenseOthers),
                ShortBlock.Room(end - from, DenseOthers));
            var gains = new float[DenseOthers];
            mine.Fill(ids.AsMemory(from..end));
            foreach (var position in positions.AsSpan(from..end)) bounds[position] = 0;
            for (var start = 0; start < _summed.Length; start += DenseOthers)
            {
                cancel.ThrowIfCancellationRequested();
                theirs.Fill(_summed.AsMemory(start, Math.Min(DenseOthers, _summed.Length - start)));
                mine.Products(theirs, products);
                var count = theirs.Ids.Length;
                var gain = gains.AsSpan(0, count);
                for (var i = 0; i < end - from; i++)
                {
                    TensorPrimitives.ConvertTruncating<int, float>(products.AsSpan(i * theirs.Stride, count), gain);
                    TensorPrimitives.Multiply(gain, unit, gain);
                    TensorPrimitives.Subtract(gain, half.AsSpan(start, count), gain);
                    TensorPrimitives.Subtract(gain, (float)_rows.Half(mine.Ids.Span[i]), gain);
                    _like.Of(gain);
                    TensorPrimitives.Subtract(gain, likeness.AsSpan(start, count), gain);
                    TensorPrimitives.Max(gain, 0f, gain);
                    bounds[positions[from + i]] += TensorPrimitives.Dot(gain, weights.AsSpan(start, count));
                }
            }
            foreach (var position in positions.AsSpan(from..end)) bounds[position] *= 1 + Rounding;
        }, cancel);
    }

    private void Exact(int[] positions, double[] gains, Choice choice, float[]? floats, CancellationToken cancel) =>
        Blocks.InParallel(positions.Length, 1, (from, _) =>
        {
            var sum = 0.0;
            Look(positions[from], floats, (i, closeness) =>
            {
                if (closeness > choice.Covered[i]) sum += choice.Weight(i) * (_like.Of(closeness) - choice.Likeness[i]);
            });
            gains[positions[from]] = sum;
        }, cancel);

    private void CoverAll(int position, Choice choice, float[]? floats) => Look(position, floats, choice.CoverBy);

    private void Look(int position, float[]? floats, Action<int, float> at)
    {
        var (row, own, other) = (_candidates[position], new float[_rows.Width], new float[_rows.Width]);
        _rows.Copy(row, own);
        for (var i = 0; i < _summed.Length; i++)
        {
            if (floats is null) _rows.Copy(_summed[i], other);
            var x = floats is null ? other : floats.AsSpan(i * _rows.Width, _rows.Width);
            at(i, _rows.Closeness(_summed[i], x, row, own));
        }
    }
}
