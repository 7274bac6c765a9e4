namespace Vaal.Coverage;

/// <summary>
/// Greedy coverage of a pool. Each step chooses the candidate j with the greatest gain Σ_i w_i · max(0, K_ij − c_i),
/// then sets c ← max(c, K_j). c_i is the similarity of row i to the nearest labelled or chosen row. With a Gaussian K
/// and w = 1 this is MaxHerding (Bae et al., ECCV 2024). With a model's uncertainty as w it is UHerding (Bae et al.,
/// ICLR 2025), and with the cosine as K it is facility location. The sum is submodular, so gains only fall and old
/// gains are upper bounds (lazy greedy, Minoux 1978). The picks equal those of the plain loop, without an N × N matrix.
/// Ties go to the lower row.
/// </summary>
/// <remarks>
/// <c>Choose</c> may be called again after <see cref="Cover"/>: the pairs that were found stay valid, because what
/// covers a row only ever gets nearer.
/// </remarks>
internal sealed partial class GreedyCover
{
    /// <summary>Candidates that tell how many pairs there would be.</summary>
    private const int Sample = 128;

    /// <summary>Rows that stand for a large pool at the least; and up to so many, a pool is summed whole.</summary>
    private const int FewestSummed = 5_000, Whole = 10_000;

    /// <summary>Summed rows for each labelled or chosen one, at the least.</summary>
    private const int SummedPerLabel = 10;

    private const string WithLabelled = "comparing with labelled images";

    private readonly UnitRows _rows;
    private readonly Likeness _like;
    private readonly int[] _candidates, _summed;
    private readonly float[] _covered; // closeness of what covers each summed row
    private readonly long _seed;
    private readonly HashSet<int> _taken = []; // positions of candidates that have a label by now
    private CoverPairs? _pairs;

    /// <param name="rows">of the pool</param>
    /// <param name="candidates">unlabelled rows, ascending; what is to be covered, too</param>
    /// <param name="labelled">rows that cover already</param>
    /// <param name="budget">how many will be chosen: it decides how many rows the sum runs over</param>
    /// <param name="like">K</param>
    /// <param name="seed">of the sample of rows that the sum runs over where the pool is large</param>
    /// <param name="summed">how many rows the sum runs over; null: as many as the budget asks for</param>
    public GreedyCover(UnitRows rows, int[] candidates, int[] labelled, int budget, Likeness like, long seed = 1,
        int? summed = null, CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        (_rows, _candidates, _like, _seed) = (rows, candidates, like, seed);
        _summed = Sampled(candidates, summed ?? Wanted(candidates.Length, labelled.Length + budget), seed);
        _covered = Neighbours.Of(rows, _summed, labelled, 1, cancel, report, WithLabelled).Closeness;
    }

    /// <summary>A sum over rows of its own, which need not be candidates.</summary>
    /// <param name="summed">rows that are to be covered, ascending</param>
    public GreedyCover(UnitRows rows, int[] candidates, int[] summed, int[] labelled, Likeness like, long seed,
        CancellationToken cancel = default)
    {
        (_rows, _candidates, _like, _seed, _summed) = (rows, candidates, like, seed, summed);
        _covered = Neighbours.Of(rows, summed, labelled, 1, cancel).Closeness;
    }

    /// <summary>How many rows the sum runs over.</summary>
    public int Summed => _summed.Length;

    /// <summary>The rows that the sum runs over, ascending: the weights of others say nothing.</summary>
    public ReadOnlySpan<int> SummedRows => _summed;

    /// <summary>
    /// Pairs in memory, at 28 bytes each while they are sorted; as long as there would be more, gains are computed
    /// anew.
    /// </summary>
    public int MostPairs { get; init; } = 8_000_000;

    /// <summary>The σ of the reference: median distance to the ⌈N / (labelled + budget)⌉-th nearest row.</summary>
    public static double Sigma(UnitRows rows, int labelled, int budget, long seed = 1,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        var share = Math.Max(1, Math.Min(rows.Count, labelled + budget));
        return Neighbours.MedianDistance(rows, (rows.Count + share - 1) / share, seed, cancel, report);
    }

    /// <summary>Rows that have a label by now: they cover, and are candidates no longer.</summary>
    public void Cover(int[] labelled, CancellationToken cancel = default)
    {
        var near = Neighbours.Of(_rows, _summed, labelled, 1, cancel).Closeness;
        for (var i = 0; i < near.Length; i++) _covered[i] = Math.Max(_covered[i], near[i]);
        foreach (var row in labelled)
        {
            if (Array.BinarySearch(_candidates, row) is var at and >= 0) _taken.Add(at);
            if (Array.BinarySearch(_summed, row) is var own and >= 0) _covered[own] = 0;    // it covers itself
        }
    }

    /// <summary>At most <paramref name="budget"/> candidates, in the order of choosing.</summary>
    /// <param name="weights">w of each row, at least 0, by row number; null: 1</param>
    /// <returns>rows and the gain of each, as a share of what was uncovered: 0..1, never rising; gains are sums over
    /// the pool where <paramref name="absolute"/></returns>
    public (int[] Picks, double[] Gains) Choose(int budget, float[]? weights = null, bool absolute = false,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        budget = Math.Min(budget, _candidates.Length - _taken.Count);
        var choice = new Choice(this, budget, weights, report);
        if (_pairs is null)
        {
            if (Fits(choice, cancel)) _pairs = Find(_covered);
            else Densely(choice, cancel, report);
        }
        if (!choice.Done) Sparsely(choice, _pairs ?? Find(choice.Covered), cancel);
        var unit = absolute
            ? (double)_candidates.Length / _summed.Length
            : choice.Uncovered > 0 ? 1 / choice.Uncovered : 0;                    // 0: nothing is left to cover
        return ([.. choice.Picks.Select(p => _candidates[p])], [.. choice.Gains.Select(g => g * unit)]);

        CoverPairs Find(float[] covered) =>
            CoverPairs.Find(_rows, _summed, _candidates, covered, _like, cancel, report);
    }

    private bool Fits(Choice choice, CancellationToken cancel) =>
        (long)_summed.Length * _candidates.Length <= MostPairs
        || Pairs(choice, cancel) <= MostPairs / 2;

    private double Pairs(Choice choice, CancellationToken cancel) =>
        CoverPairs.Expected(_rows, _summed, _candidates, choice.Covered, Sample, _seed, cancel);

    private static int Wanted(int candidates, int labels)
    {
        var wanted = Math.Max((long)SummedPerLabel * labels, FewestSummed);
        return candidates <= Math.Max(wanted, Whole) ? candidates : (int)wanted;
    }

    /// <summary>Some rows drawn at random, ascending; all of them where there are not more.</summary>
    internal static int[] Sampled(int[] candidates, int wanted, long seed)
    {
        if (candidates.Length <= wanted) return candidates;
        int[] shuffled = [.. candidates];
        new Random((int)seed).Shuffle(shuffled);
        return [.. shuffled[..wanted].Order()];
    }

    private void Sparsely(Choice choice, CoverPairs pairs, CancellationToken cancel)
    {
        var bounds = new (int Position, double Gain)[_candidates.Length];
        Blocks.InParallel(bounds.Length, 1_024, (from, end) =>
        {
            for (var j = from; j < end; j++) bounds[j] = (j, choice.IsTaken(j) ? -1 : Gain(j));
        }, cancel);
        var queue = new PriorityQueue<int, (double Minus, int Position)>(
            bounds.Where(b => b.Gain >= 0).Select(b => (b.Position, (-b.Gain, b.Position))));
        while (!choice.Done)
        {
            cancel.ThrowIfCancellationRequested();
            var next = queue.Dequeue();
            var gain = Gain(next);
            if (queue.TryPeek(out _, out var rival) && (-gain, next).CompareTo(rival) > 0)
            {
                queue.Enqueue(next, (-gain, next));
                continue;
            }
            choice.Take(next, gain);
            var summed = pairs.Summed(next);
            var closeness = pairs.Closeness(next);
            for (var k = 0; k < summed.Length; k++) choice.CoverBy(summed[k], closeness[k]);
        }

        double Gain(int position)
        {
            var summed = pairs.Summed(position);
            var likeness = pairs.Likeness(position);
            var sum = 0.0;
            for (var k = 0; k < summed.Length; k++)
            {
                var i = summed[k];
                sum += choice.Weight(i) * Math.Max(0, likeness[k] - choice.Likeness[i]);
            }
            return sum;
        }
    }

    /// <summary>How far a choice has come.</summary>
    private sealed class Choice
    {
        private readonly bool[] _isTaken;
        private readonly float[]? _weights;
        private readonly int _budget;
        private readonly Action<TrainEvent>? _report;
        private PhaseCount? _choosing;

        public Choice(GreedyCover of, int budget, float[]? weights, Action<TrainEvent>? report)
        {
            (Of, _budget, _isTaken, _report) = (of, budget, new bool[of._candidates.Length], report);
            foreach (var position in of._taken) _isTaken[position] = true;
            _weights = weights is null ? null : [.. of._summed.Select(row => weights[row])];
            Covered = [.. of._covered];
            Likeness = [.. Covered.Select(c => of._like.Of(c))];
            Uncovered = Likeness.Select((c, i) => Weight(i) * (1 - c)).Sum();
        }

        public GreedyCover Of { get; }

        /// <summary>Positions of candidates, in the order of choosing.</summary>
        public List<int> Picks { get; } = [];

        public List<double> Gains { get; } = [];

        /// <summary>Of each summed row: closeness of what covers it by now.</summary>
        public float[] Covered { get; }

        /// <summary>c of each summed row.</summary>
        public double[] Likeness { get; }

        /// <summary>Σ w (1 − c) before the first choice.</summary>
        public double Uncovered { get; }

        public bool Done => Picks.Count >= _budget;

        public bool IsTaken(int position) => _isTaken[position];

        public double Weight(int summed) => _weights is null ? 1 : _weights[summed];

        public void Take(int position, double gain)
        {
            _isTaken[position] = true;
            Picks.Add(position);
            Gains.Add(Gains.Count > 0 ? Math.Min(gain, Gains[^1]) : gain);             // rounding may lift it
            (_choosing ??= new(_report, "choosing", _budget)).Add();                 // once images are compared
        }

        public void CoverBy(int summed, float closeness)
        {
            if (closeness <= Covered[summed]) return;
            Covered[summed] = closeness;
            Likeness[summed] = Of._like.Of(closeness);
        }
    }
}
