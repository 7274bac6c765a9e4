using System.Globalization;
using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Strategies;

namespace Vaal.Web;

/// <summary>
/// The strategy in use, on features that stay in memory from one choice to the next: what covers the pool was
/// computed before, and only the new labels are added.
/// </summary>
internal sealed class Reranker(PoolIndex index)
{
    /// <summary>What can be chosen by without training a network.</summary>
    public static readonly string[] Strategies =
        [NextOptions.Auto, "uncertainty-coverage", "coverage", "margin", "entropy", "random"];

    /// <summary>
    /// A choice by coverage looks at so many unlabelled images at most, drawn at random: it then takes as long with a
    /// million images as with some ten thousand, and loses little (GreedyCoverTests, docs/results/serve.md).
    /// </summary>
    public const int MostCandidates = 16_384;

    private const long Seed = 1;
    private const int Block = 512;
    private GreedyCover? _cover;
    private bool[] _covers = []; // rows that the cover counts as labelled or gone
    private int _labelledThen;
    private CoveredShare? _share;

    /// <summary>Fits the head, from the one before.</summary>
    public Learned Fit(Snapshot now, Learned? before, CancellationToken cancel)
    {
        if (now.Sets is not null) return MultiLabelHead.Fit(index, now, before, cancel);
        var rows = now.LabelledRows(index);
        int[] numbers = [.. rows.Select(r => now.ClassOf[index.Positions[r]])];
        int[] used = [.. numbers.Distinct().Order()];
        string[] names = [.. used.Select(n => now.Names[n])];
        if (used.Length < 2) return new(index, null, names, rows.Length, 0, 0);
        var warm = before is { Head: not null } && before.Names.SequenceEqual(names) && before.Index == index
            ? before.Head : null;
        var head = LinearHead.Fit(HeadRows.Of(index.Pool, rows,
            [.. numbers.Select(n => Array.BinarySearch(used, n))], used.Length), new() { Refitted = true }, warm,
            cancel);
        var (correct, tests) = Test(now, head, used);
        return new(index, head, names, rows.Length, correct, tests);
    }

    /// <summary>Calibrates the head on labels that it did not see, and with them the threshold of
    /// suggestions.</summary>
    public Learned Calibrated(Snapshot now, Learned learned, CancellationToken cancel)
    {
        if (learned.Head is not { } head || learned.Labels < Threshold.Fewest) return learned;
        if (now.Sets is not null) return MultiLabelHead.Calibrated(index, now, learned, cancel);
        var rows = now.LabelledRows(index);
        int[] classes = [.. rows.Select(r => Array.IndexOf(learned.Names, now.Names[now.ClassOf[index.Positions[r]]]))];
        var fitted = HeadRows.Of(index.Pool, rows, classes, head.Classes);
        var logits = LinearHead.CrossFitted(fitted, warm: head, cancel: cancel);
        var temperature = LinearHead.BestTemperature(logits, fitted, several: false);
        var held = new List<(double, bool)>(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            var p = logits.AsSpan(i * head.Classes, head.Classes);
            for (var k = 0; k < p.Length; k++) p[k] /= temperature;
            CrossEntropy.Softmax(p);
            var best = Learned.Best(p);
            held.Add((p[best], best == classes[i]));
        }
        return learned with
        {
            Head = head.With(temperature),
            SuggestAbove = Threshold.Of(held),
        };
    }

    /// <summary>The next images to label, best first.</summary>
    /// <returns>rows, scores where the strategy gives any, its name, and why each was chosen</returns>
    public (int[] Rows, double[] Scores, string Strategy, Func<double?, string> Reason) Choose(
        Snapshot now, Learned learned, string strategy, int budget, CancellationToken cancel)
    {
        var several = now.Sets is not null;
        // as 'vaal next' chooses
        var name = strategy != NextOptions.Auto ? strategy : "uncertainty-coverage";
        if (learned.Head is null && name is not ("coverage" or "random")) name = "coverage";
        int[] open = [.. Enumerable.Range(0, index.Positions.Length)
            .Where(r => now.Status[index.Positions[r]] == ImageStatus.Unlabelled)];
        if (open.Length == 0) return ([], [], name, _ => "");
        if (name is "coverage" or "uncertainty-coverage")
        {
            var cover = Cover(now, budget, cancel);
            var weights = name == "coverage" ? null : Scores(learned, cover.SummedRows, Unsure(several));
            var (rows, gains) = cover.Choose(budget, weights, cancel: cancel);
            CoveringStrategy of = name == "coverage" ? new CoverageStrategy() : new UncertaintyCoverageStrategy();
            return (rows, gains, name, score => of.Reason((float?)score));
        }
        if (name == "random")
        {
            new Random((int)Seeds.Derive(Seed, "serve", now.Version)).Shuffle(open);
            return ([.. open.Take(budget)], [], name, _ => "drawn at random");
        }
        var scores = Scores(learned, open, name == "margin" ? Unsure(several) : Entropy(several));
        int[] best = [.. open.OrderByDescending(r => scores[r]).ThenBy(r => r)];
        var picks = OneOfEachGroup(best).Take(budget).ToArray();
        return (picks, [.. picks.Select(r => (double)scores[r])], name, score => several
            ? string.Create(CultureInfo.InvariantCulture, $"its classes are unsure to {score:0.0%}")
            : name == "margin"
            ? string.Create(CultureInfo.InvariantCulture, $"its two most probable classes are {1 - score:0.0%} apart")
            : string.Create(CultureInfo.InvariantCulture, $"its classes are equally probable to {score:0.0%}"));
    }

    /// <summary>Share of the unlabelled images that the labels cover; null: it is not known.</summary>
    public double? Covered(Snapshot now, CancellationToken cancel) => (_share ??= new(index.Pool)).Of(
        [.. index.Positions.Select(p => now.Status[p] == ImageStatus.Labelled)], cancel);

    private IEnumerable<int> OneOfEachGroup(int[] rows)
    {
        var groups = new HashSet<int>();
        return rows.Where(r => index.Images[index.Positions[r]].NearGroup is not { } group || groups.Add(group));
    }

    /// <summary>Labels after which other candidates are drawn: of these, most are still there then.</summary>
    private const int MostTaken = MostCandidates / 8;

    /// <summary>What covers the pool by now; made anew when labels went, or have become twice as many: how far an
    /// image's likeness reaches depends on their number.</summary>
    private GreedyCover Cover(Snapshot now, int budget, CancellationToken cancel)
    {
        bool[] covers = [.. index.Positions.Select(p => now.Status[p] != ImageStatus.Unlabelled)];
        var count = covers.Count(c => c);
        var lost = _covers.Length != covers.Length || covers.Where((c, r) => !c && _covers[r]).Any();
        if (_cover is null || lost || count > 2 * Math.Max(_labelledThen, 50) || count - _labelledThen > MostTaken)
        {
            var open = GreedyCover.Sampled([.. Enumerable.Range(0, covers.Length).Where(r => !covers[r])],
                MostCandidates, Seeds.Derive(Seed, "candidates", now.Version));
            int[] labelled = [.. Enumerable.Range(0, covers.Length).Where(r => covers[r])];
            var sigma = GreedyCover.Sigma(index.Pool, labelled.Length, budget, Seed, cancel);
            _cover = new GreedyCover(index.Pool, open, labelled, budget, Likeness.Gaussian(sigma), Seed,
                cancel: cancel);
            _labelledThen = count;
        }
        else
        {
            int[] more = [.. Enumerable.Range(0, covers.Length).Where(r => covers[r] && !_covers[r])];
            if (more.Length > 0) _cover.Cover(more, cancel);
        }
        _covers = covers;
        return _cover;
    }

    private (int Correct, int Tests) Test(Snapshot now, LinearHead head, int[] used)
    {
        int[] tests = [.. Enumerable.Range(0, index.TestPositions.Length).Where(r => now.Status[index.TestPositions[r]]
            == ImageStatus.Labelled && now.ClassOf[index.TestPositions[r]] >= 0)];
        if (tests.Length == 0) return (0, 0);
        var p = head.Probabilities(index.Test.Copy(tests));
        var correct = tests.Where((r, i) => used[Learned.Best(p.AsSpan(i * head.Classes, head.Classes))]
            == now.ClassOf[index.TestPositions[r]]).Count();
        return (correct, tests.Length);
    }

    // by row; 0 where it is not asked for
    private float[] Scores(Learned learned, ReadOnlySpan<int> rows, Func<ReadOnlySpan<double>, float> score)
    {
        var (scores, asked, k) = (new float[index.Positions.Length], rows.ToArray(), learned.Names.Length);
        Blocks.InParallel(asked.Length, Block, (from, end) =>
        {
            var p = learned.Probabilities(asked[from..end]);
            for (var i = from; i < end; i++) scores[asked[i]] = score(p.AsSpan((i - from) * k, k));
        });
        return scores;
    }

    private static Func<ReadOnlySpan<double>, float> Unsure(bool several) =>
        several ? UncertaintyCoverageStrategy.UnsureOfSeveral : p => 1 - UncertaintyCoverageStrategy.Margin(p);

    // as a share of the most there can be
    private static Func<ReadOnlySpan<double>, float> Entropy(bool several) =>
        several ? MultiLabelHead.Entropy : EntropyOfOne;

    private static float EntropyOfOne(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p) if (value > 0) sum -= value * Math.Log(value);
        return (float)(sum / Math.Log(p.Length));
    }
}
