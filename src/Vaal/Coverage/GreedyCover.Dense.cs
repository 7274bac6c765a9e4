using System.Numerics.Tensors;

namespace Vaal.Coverage;

/// <summary>
/// The first choices where nearly every pair still counts. Each candidate has a bound of its gain, by fixed-point
/// products. A choice lowers the bounds by the rows that it covers better, which are soon few. The exact gain is
/// computed only of the few that may be greatest.
/// </summary>
internal sealed partial class GreedyCover
{
    private const int DenseOwn = 256, DenseOthers = 256, MostStale = 64;

    /// <summary>Float32 sums of gains may be off by this share.</summary>
    private const double Rounding = 1e-5;

    /// <summary>Numbers of rows that are kept as floats, or in fixed point: 128 MB of either.</summary>
    private const long MostFloats = 1 << 25, MostShorts = 1 << 26;

    private void Densely(Choice choice, CancellationToken cancel, Action<TrainEvent>? report)
    {
        var floats = (long)_summed.Length * _rows.Width <= MostFloats ? _rows.Copy(_summed) : null;
        var (bounds, blocks) = (new double[_candidates.Length], Kept(cancel));
        int[] all = [.. Enumerable.Range(0, bounds.Length)], everything = [.. Enumerable.Range(0, _summed.Length)];
        var count = new PhaseCount(report, "estimating gains", all.Length);
        Add(all, bounds, Part.Gained(choice, everything), blocks, cancel, count);
        count.End();
        var look = 16; // after so many choices the pairs are estimated again
        while (!choice.Done)
        {
            if (choice.Picks.Count == look)
            {
                if (Pairs(choice, cancel) <= MostPairs / 2) return;
                look *= 2;
            }
            var best = Best(bounds, choice, floats, cancel);
            double[] before = [.. choice.Likeness];
            choice.Take(best, bounds[best]);
            CoverAll(best, choice, floats);
            int[] nearer = [.. everything.Where(i => choice.Likeness[i] > before[i])];
            Add(all, bounds, Part.Lost(choice, nearer, before), blocks, cancel);
        }
    }

    /// <summary>The untaken candidate with the greatest gain, which is its bound then.</summary>
    private int Best(double[] bounds, Choice choice, float[]? floats, CancellationToken cancel)
    {
        // what has been computed of a candidate for this choice: 0 nothing, 1 a fresh bound, 2 the gain
        var known = new byte[bounds.Length];
        var queue = new PriorityQueue<int, (double Minus, int Position)>(
            Enumerable.Range(0, bounds.Length).Where(j => !choice.IsTaken(j)).Select(j => (j, (-bounds[j], j))));
        while (queue.Peek() is var best && known[best] < 2)
        {
            cancel.ThrowIfCancellationRequested();
            var fresh = known[best];
            int[] batch = Batch(queue, fresh == 0 ? MostStale : Environment.ProcessorCount, j => known[j] == fresh);
            if (fresh == 0) Bound(batch, bounds, choice, cancel);
            else Exact(batch, bounds, choice, floats, cancel);
            foreach (var j in batch)
            {
                known[j]++;
                queue.Enqueue(j, (-bounds[j], j));
            }
        }
        return queue.Peek();
    }

    // from the top, as long as they want the same
    private static int[] Batch(PriorityQueue<int, (double, int)> queue, int most, Func<int, bool> wants)
    {
        var positions = new List<int>(most);
        while (positions.Count < most && queue.TryPeek(out var j, out _) && wants(j)) positions.Add(queue.Dequeue());
        return [.. positions];
    }

    /// <summary>All candidates in fixed point, block by block; null: they would take too much memory.</summary>
    private ShortBlock[]? Kept(CancellationToken cancel)
    {
        if ((long)_candidates.Length * ShortProducts.Padded(_rows.Width) > MostShorts) return null;
        var blocks = new ShortBlock[(_candidates.Length + DenseOwn - 1) / DenseOwn];
        Blocks.InParallel(_candidates.Length, DenseOwn, (from, end) =>
        {
            blocks[from / DenseOwn] = new ShortBlock(_rows, end - from);
            blocks[from / DenseOwn].Fill(_candidates.AsMemory(from..end));
        }, cancel);
        return blocks;
    }

    // anew, without what rounding has left in them
    private void Bound(int[] positions, double[] bounds, Choice choice, CancellationToken cancel)
    {
        var fresh = new double[bounds.Length];
        Add(positions, fresh, Part.Gained(choice, [.. Enumerable.Range(0, _summed.Length)]), null, cancel);
        foreach (var position in positions) bounds[position] = Math.Min(bounds[position], fresh[position]);
    }

    /// <summary>Adds to the bounds what summed rows may give, or takes away what they surely give no longer.</summary>
    /// <param name="blocks">of all candidates; null: they are made</param>
    /// <param name="done">counts the positions that are done</param>
    private void Add(int[] positions, double[] bounds, Part part, ShortBlock[]? blocks, CancellationToken cancel,
        PhaseCount? done = null)
    {
        var theirs = new ShortBlock[(part.Summed.Length + DenseOthers - 1) / DenseOthers];
        Blocks.InParallel(part.Summed.Length, DenseOthers, (from, end) =>
        {
            theirs[from / DenseOthers] = new ShortBlock(_rows, end - from);
            theirs[from / DenseOthers].Fill(Array.ConvertAll(part.Summed[from..end], i => _summed[i]));
        }, cancel);
        var block = blocks is null
            ? Math.Clamp(positions.Length / (2 * Environment.ProcessorCount), 4, DenseOwn) : DenseOwn;
        Blocks.InParallel(positions.Length, block, (from, end) =>
        {
            var mine = blocks?[from / DenseOwn];
            if (mine is null)
            {
                mine = new ShortBlock(_rows, end - from);
                mine.Fill(Array.ConvertAll(positions[from..end], p => _candidates[p]));
            }
            var (products, gains) = (ShortBlock.Room(end - from, DenseOthers), new float[DenseOthers]);
            for (var k = 0; k < theirs.Length; k++)
            {
                cancel.ThrowIfCancellationRequested();
                mine.Products(theirs[k], products);
                var (start, count) = (k * DenseOthers, theirs[k].Ids.Length);
                for (var i = 0; i < end - from; i++)
                {
                    var gain = gains.AsSpan(0, count);
                    TensorPrimitives.ConvertTruncating<int, float>(products.AsSpan(i * theirs[k].Stride, count), gain);
                    bounds[positions[from + i]] += part.Sum(gain, start, _rows.Half(mine.Ids.Span[i]));
                }
            }
        }, cancel, done);
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

    /// <summary>
    /// What some summed rows bring to a bound. Of a gain: w · max(0, K − c), with K at most too large. Of a choice that
    /// raised c from what it was before: −w · min(max(0, K − before), c − before), with K at most too small.
    /// </summary>
    private readonly struct Part
    {
        private readonly Likeness _like;
        private readonly float[] _half, _low, _weights;
        private readonly float[]? _span;

        private Part(Choice choice, int[] summed, double[] low, bool gained)
        {
            var (cover, sign) = (choice.Of, gained ? 1 : -1);
            var error = sign * ShortBlock.Error(cover._rows.Width);
            (Summed, _like) = (summed, cover._like);
            _half = Array.ConvertAll(summed, i => (float)(cover._rows.Half(cover._summed[i]) - error));
            _low = Array.ConvertAll(summed, i => (float)low[i]);
            _span = gained ? null : Array.ConvertAll(summed, i => (float)(choice.Likeness[i] - low[i]));
            _weights = Array.ConvertAll(summed, i => (float)(choice.Weight(i) * (sign + Rounding)));
        }

        /// <param name="summed">positions in the sum</param>
        public static Part Gained(Choice choice, int[] summed) => new(choice, summed, choice.Likeness, gained: true);

        /// <param name="before">c of each summed row before the choice</param>
        public static Part Lost(Choice choice, int[] summed, double[] before) =>
            new(choice, summed, before, gained: false);

        /// <summary>Positions in the sum.</summary>
        public int[] Summed { get; }

        /// <param name="products">of a candidate with the rows from <paramref name="start"/> on, in units of the
        /// products; written over</param>
        /// <param name="half">½‖x‖² of the candidate</param>
        public float Sum(Span<float> products, int start, double half)
        {
            const float unit = 1f / ShortProducts.One / ShortProducts.One;
            var count = products.Length;
            TensorPrimitives.Multiply(products, unit, products);
            TensorPrimitives.Subtract(products, _half.AsSpan(start, count), products);
            TensorPrimitives.Subtract(products, (float)half, products);
            _like.Of(products);
            TensorPrimitives.Subtract(products, _low.AsSpan(start, count), products);
            TensorPrimitives.Max(products, 0f, products);
            if (_span is not null) TensorPrimitives.Min(products, _span.AsSpan(start, count), products);
            return TensorPrimitives.Dot(products, _weights.AsSpan(start, count));
        }
    }
}
