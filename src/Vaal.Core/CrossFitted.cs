using MathNet.Numerics.LinearAlgebra;

namespace Vaal;

/// <summary>
/// Can two groups of rows be distinguished? A linear-quadratic classifier of one group against the other, cross-fitted:
/// the rows are cut into <see cref="Folds"/> parts, and each part is scored by a classifier that was fitted only on the
/// others. So every row counts, and no row is scored by a classifier that was fitted on it.
/// </summary>
internal static class CrossFitted
{
    public const int Folds = 5;

    /// <summary>
    /// DeLong's standard error of a cross-fitted AUC is too small, as the folds share their training rows: with 200
    /// and with 500 of 5,000 rows in the smaller group it is 0.021 where the AUC spreads by 0.028. It is multiplied
    /// by this.
    /// </summary>
    public const double Widening = 1.4;

    // ridge on standardised columns; a tenth to three tenths of it changes no figure of docs/results/health.md
    private const double Ridge = 0.1;

    /// <summary>The score of each row, higher where it looks more like the second group.</summary>
    /// <param name="rows">(N, F), finite; the columns themselves and their squares are what is classified by</param>
    /// <param name="second">of each row: it belongs to the second group; both groups have at least
    /// <see cref="Folds"/> rows</param>
    /// <param name="seed">of the cut into folds</param>
    public static double[] Scores(double[,] rows, bool[] second, long seed) => Scores(rows, second, Cut(second, seed));

    /// <param name="fold">of each row, 0..<see cref="Folds"/> − 1</param>
    internal static double[] Scores(double[,] rows, bool[] second, int[] fold)
    {
        int n = rows.GetLength(0), columns = rows.GetLength(1);
        var scores = new double[n];
        var both = Matrix<double>.Build.Dense(n, 2 * columns,
            (i, j) => j < columns ? rows[i, j] : rows[i, j - columns] * rows[i, j - columns]);
        for (var part = 0; part < Folds; part++)
        {
            int[] fit = [.. Enumerable.Range(0, n).Where(i => fold[i] != part)];
            var classifier = Fit(both, second, fit);
            for (var i = 0; i < n; i++)
                if (fold[i] == part) scores[i] = classifier(both.Row(i));
        }
        return scores;
    }

    // each group is spread evenly over the folds
    private static int[] Cut(bool[] second, long seed)
    {
        var random = new Random((int)Seeds.Derive(seed, "folds", 0));
        var fold = new int[second.Length];
        foreach (var group in new[] { false, true })
        {
            int[] members = [.. Enumerable.Range(0, second.Length).Where(i => second[i] == group)];
            if (members.Length < Folds)
                throw new ArgumentException($"expected at least {Folds} rows in each group, found {members.Length}");
            random.Shuffle(members);
            foreach (var (place, i) in members.Index()) fold[i] = place % Folds;
        }
        return fold;
    }

    // ridge regression on ±1 with both groups weighing the same, which is Fisher's discriminant
    private static Func<Vector<double>, double> Fit(Matrix<double> rows, bool[] second, int[] fit)
    {
        var columns = rows.ColumnCount;
        var seconds = fit.Count(i => second[i]);
        var (mean, scale) = (new double[columns], new double[columns]);
        foreach (var i in fit)
            for (var j = 0; j < columns; j++) mean[j] += rows[i, j] / fit.Length;
        foreach (var i in fit)
            for (var j = 0; j < columns; j++) scale[j] += Math.Pow(rows[i, j] - mean[j], 2) / fit.Length;
        for (var j = 0; j < columns; j++) scale[j] = scale[j] > 0 ? 1 / Math.Sqrt(scale[j]) : 0;

        double Weight(int i) => Math.Sqrt(0.5 / (second[i] ? seconds : fit.Length - seconds));
        double Standard(int i, int j) => (rows[i, j] - mean[j]) * scale[j];
        var middle = new double[columns];
        foreach (var i in fit)
            for (var j = 0; j < columns; j++) middle[j] += Weight(i) * Weight(i) * Standard(i, j);
        var x = Matrix<double>.Build.Dense(
            fit.Length, columns, (r, j) => Weight(fit[r]) * (Standard(fit[r], j) - middle[j]));
        var y = Vector<double>.Build.Dense(fit.Length, r => second[fit[r]] ? Weight(fit[r]) : -Weight(fit[r]));
        var normal = x.TransposeThisAndMultiply(x) + Matrix<double>.Build.DenseDiagonal(columns, Ridge);
        var weights = normal.Cholesky().Solve(x.TransposeThisAndMultiply(y));
        return row =>
        {
            var score = 0.0;
            for (var j = 0; j < columns; j++) score += ((row[j] - mean[j]) * scale[j] - middle[j]) * weights[j];
            return score;
        };
    }
}
