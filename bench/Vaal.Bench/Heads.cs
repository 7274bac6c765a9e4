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
    private const int Width = 512;

    // reads float32 rows and int32 labels; prints seconds and the objective at 100 and at 10,000 iterations at most
    private const string Script = """
        import sys, time, warnings, numpy as np
        from sklearn.linear_model import LogisticRegression
        warnings.filterwarnings("ignore")
        n, f, k = map(int, sys.argv[2:])
        x = np.fromfile(sys.argv[1] + "/x", np.float32).reshape(n, f).astype(np.float64)
        y = np.fromfile(sys.argv[1] + "/y", np.int32)
        for tol, most in ((1e-4, 100), (1e-6, 10000)):
            t = time.time()
            m = LogisticRegression(C=30, tol=tol, max_iter=most).fit(x, y)
            t = time.time() - t
            p = m.predict_proba(x)[np.arange(n), np.searchsorted(m.classes_, y)]
            loss = 0.5 * (m.coef_ ** 2).sum() - 30 * np.log(p).sum()
            print(f"scikit-learn, at most {most}: {t:.2f} s, {m.n_iter_[0]} iterations, objective {loss:.4f}")
        """;

    /// <summary>head [N] [K] [MORE] [--python PYTHON]</summary>
    public static int Run(string[] args)
    {
        string[] numbers = [.. args.TakeWhile(a => !a.StartsWith('-'))];
        var (n, k, more) = (numbers.Number(0, 10_000), numbers.Number(1, 10), numbers.Number(2, 20));
        var rows = UnitRows.Of(Made.Features(n + more, Width, 4 * k), Width);
        var x = rows.Copy([.. Enumerable.Range(0, n + more)]);
        int[] labels = Labels(x, n + more, k);
        int[] all = [.. Enumerable.Range(0, n + more)];
        var data = HeadRows.Of(rows, all[..n], labels[..n], k);
        for (var repeat = 0; repeat < 3; repeat++)                                     // the first warms up
        {
            var (clock, used) = (Stopwatch.StartNew(), Used());
            var head = LinearHead.Fit(data);
            Say($"linear head, {n:N0} rows × {Width}, {k} classes: {clock.Elapsed.TotalSeconds:0.000} s");
            Say($"{head.Iterations} iterations, objective {head.Objective:0.0000}");
            Say($"processor time {Used() - used:0.000} s");
            // as 'vaal serve' does: the rows are copied, then the head goes on from the last one
            clock.Restart();
            head = LinearHead.Fit(data, new() { Refitted = true });
            Say($"the same, prepared for refits: {clock.Elapsed.TotalSeconds:0.000} s");
            (used, clock) = (Used(), Stopwatch.StartNew());
            var with = HeadRows.Of(rows, all, labels, k);
            var copied = clock.Elapsed.TotalSeconds;
            var warm = LinearHead.Fit(with, new() { Refitted = true }, warm: head);
            Say($"refit with {more} more: {clock.Elapsed.TotalSeconds:0.000} s, {warm.Iterations} iterations");
            Say($"of it, copying the rows: {copied:0.000} s; processor time {Used() - used:0.000} s");
            var cold = LinearHead.Fit(with, new() { Tolerance = 1e-6 }).Probabilities(x);
            var off = cold.Zip(warm.Probabilities(x), (p, q) => Math.Abs(p - q)).Max();
            Say($"probabilities are off the minimum by {off:0.0e0} at most");
        }
        if (args.Option("--python") is { } python) ScikitLearn(python, x.AsSpan(0, n * Width), labels.AsSpan(0, n), k);
        return 0;
    }

    // of a linear model with noise: classes overlap
    private static int[] Labels(float[] x, int n, int k)
    {
        var (random, w) = (new Random(3), Made.Features(k, Width, k, seed: 9));
        return [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, k)
            .MaxBy(c => UnitRows.Dot(x.AsSpan(i * Width, Width), w.AsSpan(c * Width, Width)) + random.NextDouble()))];
    }

    private static void ScikitLearn(string python, ReadOnlySpan<float> x, ReadOnlySpan<int> y, int k)
    {
        var folder = Directory.CreateTempSubdirectory("vaal-head");
        try
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, "x"), MemoryMarshal.AsBytes(x));
            File.WriteAllBytes(Path.Combine(folder.FullName, "y"), MemoryMarshal.AsBytes(y));
            File.WriteAllText(Path.Combine(folder.FullName, "fit.py"), Script);
            string[] words = [Path.Combine(folder.FullName, "fit.py"), folder.FullName, $"{y.Length}", $"{Width}",
                $"{k}"];
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
