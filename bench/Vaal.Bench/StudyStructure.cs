using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Experiments;
using Vaal.Heads;
using LabelAgreement = Vaal.Data.Features.LabelAgreement;

namespace Vaal.Bench;

/// <summary>
/// Where does the default save labels? Beside what it gained: do the features of each data set follow its classes, what
/// can a head reach at all, and what does a user see of it who has a few random labels?
/// </summary>
internal static class StudyStructure
{
    /// <summary>Neighbours of each image; random labels a class that a user would have; images a class that coverage
    /// chooses.</summary>
    private const int Nearest = 10, FirstLabels = 5, Covering = 10;

    /// <summary>The study's batches from no label on: images a class, and how many.</summary>
    private const int Batch = 2, Rounds = 5;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Means over the seeds of a data set.</summary>
    /// <param name="Alike">share of the nearest images that are of the same class</param>
    /// <param name="ByChance">the same if the classes were dealt out at random</param>
    /// <param name="Few">accuracy on test images of a head that learned from a few random labels</param>
    /// <param name="All">of one that learned from all labels of the pool</param>
    /// <param name="Agree">share of the few labelled images whose nearest labelled image is of the same class</param>
    /// <param name="AgreeByChance">the same by chance</param>
    /// <param name="Chosen">how far above chance labelled neighbours agree where the default chose what was labelled,
    /// as <c>vaal status</c> says it</param>
    /// <param name="ChosenHigh">the upper end of its interval</param>
    /// <param name="Between">share of the features' variance that lies between the means of the classes</param>
    /// <param name="Largest">share of the largest class in the pool</param>
    /// <param name="Covered">its share of what coverage chooses from no label on</param>
    private sealed record Look(double Alike, double ByChance, double Few, double All, double Agree,
        double AgreeByChance, double Chosen, double ChosenHigh, double Between, double Largest, double Covered)
    {
        /// <summary>How far above chance neighbours agree: 0 is chance, 1 is always.</summary>
        public double Kappa => (Alike - ByChance) / (1 - ByChance);

        /// <summary>The same of the few labelled images.</summary>
        public double FirstKappa => (Agree - AgreeByChance) / (1 - AgreeByChance);
    }

    /// <summary>study-structure CONFIG.json DATA ROWS.csv [SEEDS]</summary>
    public static int Run(string[] args)
    {
        var (config, gains) = (StudyConfig.Read(args.Text(0)), Gains(StudyRows.Read(args.Text(2))));
        var seeds = args.Number(3, config.Seeds);
        using var sets = new StudySets(config, args.Text(1));
        Console.WriteLine("| data | classes | largest class | of it by coverage | variance between classes "
            + "| neighbours alike | by chance | above chance "
            + $"| {FirstLabels} labels a class | all labels | labelled neighbours, above chance "
            + "| those the default chose, above chance | highest it may be | default minus random |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
        var (kappas, first, gained) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var data in config.Data)
        {
            var task = sets.Features(data, config.Encoder);
            var look = Mean([.. Enumerable.Range(1, seeds).Select(s => At(task.Part(config.Share, s), s))]);
            Console.WriteLine(string.Create(Invariant, $"| {data.Name} | {task.ClassCount} | {look.Largest:0%} ")
                + string.Create(Invariant, $"| {look.Covered:0%} | {look.Between:0.0%} ")
                + string.Create(Invariant, $"| {look.Alike:0%} | {look.ByChance:0%} | {look.Kappa:0.00} ")
                + string.Create(Invariant, $"| {100 * look.Few:0.0}% | {100 * look.All:0.0}% | {look.FirstKappa:0.00} ")
                + string.Create(Invariant, $"| {look.Chosen:0.00} | {look.ChosenHigh:0.00} ")
                + $"| {(gains.TryGetValue(data.Name, out var gain) ? SignedPoints.Of(gain) : "")} |");
            if (!gains.ContainsKey(data.Name)) continue;
            kappas.Add(look.Kappa);
            first.Add(look.FirstKappa);
            gained.Add(gain.Estimate);
        }
        if (gained.Count < 3) return 0;
        Console.WriteLine(string.Create(Invariant, $"\nRank correlation with the gain over {gained.Count} data sets: ")
            + string.Create(Invariant, $"neighbours {Ranks(kappas, gained):0.00}, ")
            + string.Create(Invariant, $"labelled neighbours {Ranks(first, gained):0.00}."));
        return 0;
    }

    private static Look At(FeatureTask task, long seed)
    {
        var rows = UnitRows.Of(task.Pool, task.Width);
        var tests = UnitRows.Of(task.Test, task.Width, rows.Mean);
        var asked = tests.Copy([.. Enumerable.Range(0, tests.Count)]);
        int[] all = [.. Enumerable.Range(0, task.Count)];
        var near = Neighbours.OfAll(rows, Nearest, seed);
        var alike = near.Rows
            .Select((row, i) => task.Classes[row] == task.Classes[i / near.PerRow] ? 1.0 : 0).Average();
        int[] some = [.. all];
        new Random((int)Seeds.Derive(seed, "structure", 0)).Shuffle(some);
        some = [.. some[..Math.Min(some.Length, FirstLabels * task.ClassCount)].Order()];
        var nearest = Neighbours.Of(rows, some, some, 1);
        var agree = some.Select((row, i) => task.Classes[row] == task.Classes[nearest.Rows[i]] ? 1.0 : 0).Average();
        var largest = task.Classes.CountBy(c => c).MaxBy(c => c.Value).Key;
        var chosen = ByDefault(task, rows, seed);
        int[] covering = Cover(rows, all, Math.Min(task.Count, Covering * task.ClassCount), seed);
        return new(alike, Chance(task, all), Accuracy(some), Accuracy(all), agree, Chance(task, some),
            chosen?.Estimate ?? double.NaN, chosen?.High ?? double.NaN, Between(rows, task),
            task.Classes.Average(c => c == largest ? 1.0 : 0),
            covering.Average(row => task.Classes[row] == largest ? 1.0 : 0));

        double Accuracy(int[] labelled)
        {
            int[] classes = [.. labelled.Select(row => task.Classes[row])];
            var logits = LinearHead.Fit(HeadRows.Of(rows, labelled, classes, task.ClassCount)).Logits(asked);
            return task.TestClasses.Select((c, i) => TensorPrimitives.IndexOfMax<double>(
                logits.AsSpan(i * task.ClassCount, task.ClassCount)) == c ? 1.0 : 0).Average();
        }
    }

    private static Interval? ByDefault(FeatureTask task, UnitRows rows, long seed)
    {
        int[] picks =
        [
            .. FeatureTrial.Run(task, new TrialOptions
            {
                Strategy = NextOptions.Auto,
                Batch = Batch * task.ClassCount,
                Rounds = Rounds,
                Seed = seed,
            }).SelectMany(p => p.Picks),
        ];
        return LabelAgreement.Of(rows.Copy(picks), task.Width, [.. picks.Select(row => $"{task.Classes[row]}")]);
    }

    private static int[] Cover(UnitRows rows, int[] all, int budget, long seed) => new GreedyCover(rows, all, [],
        budget, Likeness.Gaussian(GreedyCover.Sigma(rows, 0, budget, seed)), seed).Choose(budget).Picks;

    private static double Between(UnitRows rows, FeatureTask task)
    {
        var (sums, whole, squares, row) = (new double[task.ClassCount, rows.Width], new double[rows.Width], 0.0,
            new float[rows.Width]);
        for (var i = 0; i < rows.Count; i++)
        {
            rows.Copy(i, row);
            for (var f = 0; f < row.Length; f++)
            {
                sums[task.Classes[i], f] += row[f];
                whole[f] += row[f];
                squares += row[f] * row[f];
            }
        }
        var (between, mean) = (0.0, whole.Sum(s => s * s) / rows.Count);
        foreach (var (c, count) in task.Classes.CountBy(c => c))
            for (var f = 0; f < rows.Width; f++) between += sums[c, f] * sums[c, f] / count;
        return (between - mean) / (squares - mean);
    }

    // of two different images
    private static double Chance(FeatureTask task, int[] rows) => rows.CountBy(row => task.Classes[row])
        .Sum(c => (double)c.Value * (c.Value - 1) / ((double)rows.Length * (rows.Length - 1)));

    private static Look Mean(Look[] looks) => new(looks.Average(l => l.Alike), looks.Average(l => l.ByChance),
        looks.Average(l => l.Few), looks.Average(l => l.All), looks.Average(l => l.Agree),
        looks.Average(l => l.AgreeByChance), looks.Average(l => l.Chosen), looks.Average(l => l.ChosenHigh),
        looks.Average(l => l.Between), looks.Average(l => l.Largest), looks.Average(l => l.Covered));

    // from no label on, default less random
    private static Dictionary<string, Interval> Gains(IEnumerable<(string Setting, string Data, ResultRow Row)> rows)
    {
        ResultRow[] own = [.. rows.Where(r => r.Setting == "from zero" && r.Row.Strategy is "default" or "random")
            .Select(r => r.Row)];
        return own.Length == 0 ? [] : BenchSummary.Of(own).Strategies.First(s => s.Name == "default").Pools
            .ToDictionary(p => p.Pool, p => p.Difference);
    }

    private static double Ranks(List<double> a, List<double> b)
    {
        static double[] Of(List<double> v) => [.. v.Select(x => (double)v.Count(y => y < x))];
        var (x, y) = (Of(a), Of(b));
        double mx = x.Average(), my = y.Average();
        return x.Zip(y, (p, q) => (p - mx) * (q - my)).Sum()
            / Math.Sqrt(x.Sum(p => (p - mx) * (p - mx)) * y.Sum(q => (q - my) * (q - my)));
    }
}
