using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Vaal.Coverage;
using Vaal.Heads;

namespace Vaal.Bench;

/// <summary>
/// The linear head against scikit-learn's LogisticRegression on the same rows, where a Python with scikit-learn is
/// named.
/// </summary>
internal static class Heads
{
    private const int Width = 512, Refits = 6;

    // reads float32 rows and int32 labels; prints seconds and the objective at 100 and at 10,000 iterations at most
    private const string Script = """
        import sys, time, warnings, numpy as np
        from sklearn.linear_model import LogisticRegression
        warnings.filterwarnings("ignore")
        n, f, k = map(int, sys.argv[2:])
        allx = np.fromfile(sys.argv[1] + "/x", np.float32).reshape(-1, f).astype(np.float64)
        ally = np.fromfile(sys.argv[1] + "/y", np.int32)
        x, y = allx[:n], ally[:n]
        for tol, most in ((1e-4, 100), (1e-6, 10000)):
            t = time.time()
            m = LogisticRegression(C=30, tol=tol, max_iter=most).fit(x, y)
            t = time.time() - t
            p = m.predict_proba(x)[np.arange(n), np.searchsorted(m.classes_, y)]
            loss = 0.5 * (m.coef_ ** 2).sum() - 30 * np.log(p).sum()
            print(f"scikit-learn, at most {most}: {t:.2f} s, {m.n_iter_[0]} iterations, objective {loss:.4f}")
        m = LogisticRegression(C=30, tol=1e-4, max_iter=10000, warm_start=True).fit(x, y)
        t = time.time()
        m.fit(allx, ally)
        t = time.time() - t
        print(f"scikit-learn, warm start with {len(allx) - n} more: {t:.2f} s, {m.n_iter_[0]} iterations")
        """;

    /// <summary>head [N] [K] [MORE] [--several] [--python PYTHON]</summary>
    public static int Run(string[] args)
    {
        string[] numbers = [.. args.TakeWhile(a => !a.StartsWith('-'))];
        var (n, k, more) = (numbers.Number(0, 10_000), numbers.Number(1, 10), numbers.Number(2, 20));
        var most = n + Refits * more;
        var rows = UnitRows.Of(Made.Features(most, Width, 4 * k), Width);
        int[] all = [.. Enumerable.Range(0, most)];
        var x = rows.Copy(all);
        int[] labels = Labels(x, most, k);
        var several = args.Contains("--several");
        int[][] sets = several ? Sets(x, most, k) : [];
        HeadRows First(int count) => several ? HeadRows.OfSeveral(rows, all[..count], sets[..count], k)
            : HeadRows.Of(rows, all[..count], labels[..count], k);
        var options = new LinearHeadOptions { MultiLabel = several };
        for (var repeat = 0; repeat < 3; repeat++)                                     // the first warms up
        {
            var (clock, used) = (Stopwatch.StartNew(), Used());
            var head = LinearHead.Fit(First(n), options);
            Say($"linear head, {n:N0} rows × {Width}, {k} classes: {clock.Elapsed.TotalSeconds:0.000} s");
            Say($"{head.Iterations} iterations, objective {head.Objective:0.0000}");
            Say($"processor time {Used() - used:0.000} s");
            Refit(First, n, more, x, options with { Refitted = true, Exact = true });
            Refit(First, n, more, x, options with { Refitted = true });
        }
        if (!several && args.Option("--python") is { } python)
            ScikitLearn(python, x.AsSpan(0, (n + more) * Width), labels.AsSpan(0, n + more), n, k);
        return 0;
    }

    // as 'vaal serve' does: the rows are copied, then the head goes on from the last one
    private static void Refit(Func<int, HeadRows> first, int n, int more, float[] x, LinearHeadOptions options)
    {
        var clock = Stopwatch.StartNew();
        var head = LinearHead.Fit(first(n), options);
        var passes = options.Exact ? "passes in float64" : "as it is";
        Say($"prepared for refits, {passes}: {clock.Elapsed.TotalSeconds:0.000} s");
        for (var i = 1; i <= Refits; i++)
        {
            clock.Restart();
            var used = Used();
            var with = first(n + i * more);
            var copied = clock.Elapsed.TotalSeconds;
            head = LinearHead.Fit(with, options, head);
            Say($"  refit with {more} more: {clock.Elapsed.TotalSeconds:0.000} s, {head.Iterations} passes; ");
            Say($"  of it {copied:0.000} s to copy the rows; processor time {Used() - used:0.000} s");
            if (i is > 1 and < Refits) continue;
            var cold = LinearHead.Fit(with, new() { Tolerance = 1e-6, MultiLabel = options.MultiLabel })
                .Probabilities(x);
            var off = cold.Zip(head.Probabilities(x), (p, q) => Math.Abs(p - q)).Max();
            Say($"  probabilities are off the minimum by {off:0.0e0} at most");
        }
    }

    // of a linear model with noise: classes overlap
    private static int[] Labels(float[] x, int n, int k)
    {
        var (random, w) = (new Random(3), Made.Features(k, Width, k, seed: 9));
        return [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, k)
            .MaxBy(c => UnitRows.Dot(x.AsSpan(i * Width, Width), w.AsSpan(c * Width, Width)) + random.NextDouble()))];
    }

    // about three of ten classes an image
    private static int[][] Sets(float[] x, int n, int k)
    {
        var (random, w) = (new Random(3), Made.Features(k, Width, k, seed: 9));
        return [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, k).Where(c => UnitRows.Dot(
            x.AsSpan(i * Width, Width), w.AsSpan(c * Width, Width)) + 2 * random.NextDouble() > 1.5).ToArray())];
    }

    private static void ScikitLearn(string python, ReadOnlySpan<float> x, ReadOnlySpan<int> y, int n, int k)
    {
        var folder = Directory.CreateTempSubdirectory("vaal-head");
        try
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, "x"), MemoryMarshal.AsBytes(x));
            File.WriteAllBytes(Path.Combine(folder.FullName, "y"), MemoryMarshal.AsBytes(y));
            File.WriteAllText(Path.Combine(folder.FullName, "fit.py"), Script);
            string[] words = [Path.Combine(folder.FullName, "fit.py"), folder.FullName, $"{n}", $"{Width}", $"{k}"];
            using var process = Process.Start(new ProcessStartInfo(python, words))!;
            process.WaitForExit();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Used() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
