using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>The pool of one run of the study: a part of the data, in the shape of the setting, and its first labels.
/// The same for all strategies.</summary>
internal sealed record StudyPool(FeatureTask Task, IReadOnlyList<int> First)
{
    /// <summary>How far a near-copy lies from its image, in standard deviations of each feature.</summary>
    private const double CopyNoise = 0.15;

    public static StudyPool Of(FeatureTask data, double share, StudySetting setting, long seed)
    {
        var task = data.Part(share, seed);
        if (setting.Tail > 1) task = LongTail(task, setting.Tail, seed);
        if (setting.Bursts > 0) task = Bursts(task, setting.Bursts, setting.Copies, seed);
        return new(task, FirstOf(task, setting, seed));
    }

    // random images, of all classes or without some
    private static IReadOnlyList<int> FirstOf(FeatureTask task, StudySetting setting, long seed)
    {
        int[] classes = [.. Enumerable.Range(0, task.ClassCount)];
        new Random((int)Seeds.Derive(seed, "missing classes", 0)).Shuffle(classes);
        var missing = classes[..(int)Math.Round(setting.Missing * classes.Length)];
        int[] rows = [.. Enumerable.Range(0, task.Count).Where(row => !missing.Contains(task.Classes[row]))];
        new Random((int)Seeds.Derive(seed, "first labels", 0)).Shuffle(rows);
        if (setting.FirstOfEach > 0)
            return [.. rows.GroupBy(row => task.Classes[row]).SelectMany(g => g.Take(setting.FirstOfEach))];
        return rows[..(setting.First * task.ClassCount)];
    }

    // Cui et al., CVPR 2019: class k of K keeps n · ratio^(−k / (K − 1)) images
    private static FeatureTask LongTail(FeatureTask task, double ratio, long seed)
    {
        int[] rows = [.. Enumerable.Range(0, task.Count)];
        var random = new Random((int)Seeds.Derive(seed, "long tail", 0));
        random.Shuffle(rows);
        int[][] byClass = [.. rows.GroupBy(row => task.Classes[row]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        random.Shuffle(byClass);
        var most = byClass.Min(c => c.Length);
        return task.Rows([.. byClass.SelectMany((c, rank) =>
            c.Take(Math.Max(1, (int)Math.Round(most * Math.Pow(ratio, -rank / (byClass.Length - 1.0)))))).Order()]);
    }

    // as a camera takes them: many pictures of one thing, each a little different
    private static FeatureTask Bursts(FeatureTask task, double share, int copies, long seed)
    {
        var random = new Random((int)Seeds.Derive(seed, "bursts", 0));
        int[] rows = [.. Enumerable.Range(0, task.Count)];
        random.Shuffle(rows);
        int[] all = [.. Enumerable.Range(0, task.Count),
            .. rows[..(int)(share * rows.Length)].SelectMany(row => Enumerable.Repeat(row, copies))];
        var pool = task.Rows(all);
        double[] deviations = [.. Enumerable.Range(0, task.Width).Select(k => Statistics.StandardDeviation(
            [.. Enumerable.Range(0, task.Count).Select(i => (double)task.Pool[i * task.Width + k])]))];
        for (var i = task.Count * task.Width; i < pool.Pool.Length; i++)
            pool.Pool[i] += (float)(CopyNoise * deviations[i % task.Width] * Normal(random));
        return pool;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
