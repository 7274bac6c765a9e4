using System.Globalization;
using Vaal.Coverage;
using Vaal.Experiments;
using Vaal.Heads;

namespace Vaal.Bench;

/// <summary>
/// Are the probabilities of the heads of <c>vaal train</c> honest on test images? The linear head and the transductive
/// one, with and without the temperature that their own cross-fit finds, by the logarithmic loss and by how much surer
/// a head is than it is right. The pool is that of the configuration's first setting.
/// </summary>
internal static class TransductiveCalibration
{
    private static readonly int[] PerClass = [1, 2, 3, 5, 10];
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <param name="Loss">mean of −ln p of the right class</param>
    /// <param name="Surer">mean highest probability less accuracy</param>
    private sealed record Found(double Temperature, double Accuracy, double Loss, double Surer);

    public static void Measure(StudyConfig config, string folder, int seeds)
    {
        using var sets = new StudySets(config, folder);
        Console.WriteLine("| data | labels a class | accuracy: linear, transductive | temperature | log loss: linear, "
            + "transductive without temperature, transductive | surer than right, points: the same three |\n"
            + "|---|---:|---|---|---|---|");
        foreach (var data in config.Data)
            foreach (var perClass in PerClass)
            {
                var whole = sets.Features(data, config.Encoder);
                var draws = Enumerable.Range(1, seeds).Select(seed => Heads(
                    StudyPool.Of(whole, config.Share, config.Settings[0], seed).Task, perClass, seed)).ToArray();
                string Each(Func<Found, double> of, string format, double times = 1) => string.Join(", ", Enumerable
                    .Range(0, 3).Select(h => (times * draws.Average(d => of(d[h]))).ToString(format, Invariant)));
                Console.WriteLine($"| {data.Name} | {perClass} | {Each(f => f.Accuracy, "0.0", 100)} "
                    + $"| {Each(f => f.Temperature, "0.00")} | {Each(f => f.Loss, "0.000")} "
                    + $"| {Each(f => f.Surer, "+0.0;−0.0", 100)} |");
            }
    }

    private static Found[] Heads(FeatureTask task, int perClass, int seed)
    {
        var labelled = Transductive.Draw(task, perClass, seed);
        var rows = UnitRows.Of(task.Pool, task.Width);
        var tests = UnitRows.Of(task.Test, task.Width, rows.Mean);
        var asked = tests.Copy([.. Enumerable.Range(0, tests.Count)]);
        int[] classes = [.. labelled.Select(row => task.Classes[row])];
        var given = HeadRows.Of(rows, labelled, classes, task.ClassCount);
        var found = TransductiveHead.Fit(rows, labelled, classes, task.ClassCount, seed: seed, crossFitted: true);
        LinearHead[] heads = [LinearHead.Fit(given).Calibrated(given, seed: seed), found.Head,
            found.Calibrated(given)];
        return [.. heads.Select(head => Of(head, head.Probabilities(asked), task))];
    }

    private static Found Of(LinearHead head, double[] p, FeatureTask task)
    {
        var (loss, right, sure, n) = (0.0, 0, 0.0, task.TestClasses.Length);
        for (var i = 0; i < n; i++)
        {
            double[] row = p[(i * task.ClassCount)..((i + 1) * task.ClassCount)];
            loss -= Math.Log(Math.Max(row[task.TestClasses[i]], 1e-12));
            sure += row.Max();
            if (Array.IndexOf(row, row.Max()) == task.TestClasses[i]) right++;
        }
        return new(head.Temperature, (double)right / n, loss / n, (sure - right) / n);
    }
}
