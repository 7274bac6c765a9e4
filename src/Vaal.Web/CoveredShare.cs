using Vaal.Coverage;
using Vaal.Data.Features;

namespace Vaal.Web;

/// <summary>
/// How much of the pool the labels cover, by the definition of <see cref="LabelCover"/>: the figure of <c>vaal
/// status</c>. What was found for one choice is kept for the next, and only labels that are new are compared.
/// </summary>
internal sealed class CoveredShare
{
    private const int Block = 1_024, OfThread = 16;
    private readonly UnitRows _rows;
    private readonly int[] _order, _standing;
    private readonly int _near;
    private Dictionary<int, Asked> _asked = [];
    private bool[] _labelled; // of which labels the asked rows know

    /// <param name="rows">of the pool</param>
    public CoveredShare(UnitRows rows)
    {
        (_rows, _order, _labelled) = (rows, [.. Enumerable.Range(0, rows.Count)], new bool[rows.Count]);
        new Random((int)Seeds.Derive(1, "label cover", rows.Count)).Shuffle(_order);
        _standing = _order[..Math.Min(LabelCover.Standing, rows.Count)];
        _near = Math.Max(1, (int)Math.Round(LabelCover.Part * _standing.Length));
    }

    /// <param name="labelled">which rows have a label</param>
    /// <returns>0..1; null: nothing is labelled, everything is, or there are too few images</returns>
    public double? Of(bool[] labelled, CancellationToken cancel)
    {
        int[] labels = [.. Enumerable.Range(0, labelled.Length).Where(r => labelled[r])];
        if (_rows.Count < LabelCover.Fewest || labels.Length == 0 || labels.Length == _rows.Count) return null;
        var asked = _order.Where(r => !labelled[r]).Take(LabelCover.Looked)
            .ToDictionary(r => r, r => _asked.GetValueOrDefault(r) ?? new(r));
        foreach (var one in asked.Values)
            if (one.By >= 0 && !labelled[one.By]) (one.By, one.IsCompared) = (-1, false);      // its label went
        Limit([.. asked.Values.Where(a => double.IsNaN(a.Least))], cancel);
        Compare([.. asked.Values.Where(a => !a.IsCompared)], labels, cancel);
        Compare([.. asked.Values.Where(a => a.IsCompared)], [.. labels.Where(r => !_labelled[r])], cancel);
        foreach (var one in asked.Values) one.IsCompared = true;
        (_asked, _labelled) = (asked, labelled);
        return asked.Values.Count(a => a.By >= 0) / (double)asked.Count;
    }

    // how near a label must be: as near as the farthest of the hundredth that is most like the row
    private void Limit(Asked[] fresh, CancellationToken cancel)
    {
        if (fresh.Length == 0) return;
        var (all, width) = (_rows.Copy(_standing), _rows.Width);
        Blocks.InParallel(fresh.Length, OfThread, (from, end) =>
        {
            var (own, cosines) = (new float[width], new double[_standing.Length]);
            for (var i = from; i < end; i++)
            {
                _rows.Copy(fresh[i].Row, own);
                // itself is not like it
                for (var j = 0; j < cosines.Length; j++)
                    cosines[j] = _standing[j] == fresh[i].Row ? double.NegativeInfinity
                        : UnitRows.Dot(own, all.AsSpan(j * width, width));
                Array.Sort(cosines);
                fresh[i].Least = cosines[^_near];
            }
        }, cancel);
    }

    private void Compare(Asked[] asked, int[] labels, CancellationToken cancel)
    {
        Asked[] open = [.. asked.Where(a => a.By < 0)];
        if (open.Length == 0) return;
        foreach (var some in labels.Chunk(Block))
        {
            var (x, width) = (_rows.Copy(some), _rows.Width);
            Blocks.InParallel(open.Length, OfThread, (from, end) =>
            {
                var own = new float[width];
                for (var i = from; i < end; i++)
                {
                    if (open[i].By >= 0) continue;
                    _rows.Copy(open[i].Row, own);
                    for (var j = 0; j < some.Length && open[i].By < 0; j++)
                        if (UnitRows.Dot(own, x.AsSpan(j * width, width)) >= open[i].Least) open[i].By = some[j];
                }
            }, cancel);
        }
    }

    /// <summary>An unlabelled row that is looked at.</summary>
    private sealed class Asked(int row)
    {
        public int Row { get; } = row;

        /// <summary>Cosine that a label has at the least; NaN: not known yet.</summary>
        public double Least { get; set; } = double.NaN;

        /// <summary>A label that covers it; -1: none does.</summary>
        public int By { get; set; } = -1;

        /// <summary>It was compared with the labels that were there at the last choice.</summary>
        public bool IsCompared { get; set; }
    }
}
