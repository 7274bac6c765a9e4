using Vaal.Data;
using Vaal.Training;

namespace Vaal.Experiments;

/// <summary>
/// The demo: from no label on, what <c>vaal next</c> does by default, against random sampling and against the paper's
/// VAAL, on images that come with the program. After each batch a linear head on the same features is tested. Each
/// seed has another random 70% of the pool.
/// </summary>
internal static class Demo
{
    /// <summary>What <c>vaal next</c> does by default.</summary>
    public const string Default = "default";

    /// <summary>The paper's VAAL, on features in place of pixels.</summary>
    public const string Vaal = "vaal-features";

    private const string Random = "random";
    private const double Kept = 0.7;
    // with fewer seeds the exact test of two strategies could show nothing at all
    private static readonly Size Usual = new(Seeds: 7, Rounds: 5, VaalIterations: 60);

    /// <param name="Rounds">batches of as many images as there are classes</param>
    /// <param name="VaalIterations">of Algorithm 1 for each batch; the preset has 600</param>
    public sealed record Size(int Seeds, int Rounds, int VaalIterations);

    private static readonly Dictionary<string, (string Title, Func<FeatureTask> Load)> Table = new()
    {
        ["photos"] = ("900 photographs of groceries, ResNet-18 features", FeatureTasks.Photographs),
        ["fashion-mnist"] = ("6,000 images of Fashion-MNIST, pixels", () =>
        {
            using var data = DataFormats.Load("embedded", new LoadOptions(), "embedded");
            return FeatureTasks.Pixels(data);
        }
        ),
    };

    /// <summary>The image sets by name; the first is the usual one.</summary>
    public static IReadOnlyCollection<string> Sets => Table.Keys;

    /// <param name="set">one of <see cref="Sets"/></param>
    /// <param name="seed">the first of seven</param>
    /// <exception cref="InputException">there is no such set, or there are no seven seeds from the first on</exception>
    public static DemoResult Run(string set, long seed = 1, Action<TrainEvent>? report = null,
        CancellationToken cancel = default) => Run(set, Usual, seed, report, cancel);

    public static DemoResult Run(string set, Size size, long seed = 1, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        if (!Table.TryGetValue(set, out var entry))
            throw new InputException($"expected one of {string.Join(", ", Sets)}, found '{set}'");
        if (long.MaxValue - (size.Seeds - 1) is var most && seed > most)
            throw new InputException($"expected a first seed of at most {most}, found {seed}: the demo has "
                + $"{size.Seeds} seeds from it on; give a smaller --seed");
        var task = entry.Load();
        string[] strategies = [Default, Random, Vaal];
        var (rows, done) = (new List<ResultRow>(), 0);
        foreach (var strategy in strategies)
            for (var i = 0; i < size.Seeds; i++)
            {
                rows.AddRange(Run(task, strategy, size, seed + i, cancel));
                report?.Invoke(new("comparing strategies", ++done, strategies.Length * size.Seeds));
            }
        string[] words =
        [
            .. new[] { Default, Vaal }.Select(s => ComparisonSummary.InWords(rows, s)),
            .. ComparisonSummary.Saved(rows, Default) is { } saved ? new[] { saved } : [],
            $"{Default} is what 'vaal next' does; {Vaal} is VAAL of the paper (Sinha et al. 2019) on the same "
                + $"features, {size.VaalIterations} iterations a batch, after a random first batch.",
        ];
        return new(entry.Title, rows, words);
    }

    private static IEnumerable<ResultRow> Run(FeatureTask task, string strategy, Size size, long seed,
        CancellationToken cancel)
    {
        var points = FeatureTrial.Run(task.Part(Kept, seed), new TrialOptions
        {
            Strategy = strategy == Default ? NextOptions.Auto : strategy,
            Batch = task.ClassCount,
            Rounds = size.Rounds,
            Seed = seed,
            Vaal = new(VaalOptions.Balanced) { Iterations = size.VaalIterations },
        }, cancel);
        return points.Select((p, round) => ResultRow.Of(strategy, seed,
            new RoundResult(round, p.Labels, p.Accuracy, p.Picks, 0, 0, null)));
    }
}
