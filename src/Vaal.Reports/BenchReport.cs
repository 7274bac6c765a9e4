using System.Globalization;
using System.Text;
using Vaal.Experiments;
using static Vaal.Experiments.BenchSummary;

namespace Vaal.Reports;

/// <summary>What a bench came to, as files: <c>report.html</c> with every plot inside, the plots as PNG and SVG, and
/// <c>table.md</c> for papers.</summary>
public static partial class BenchReport
{
    // the first file of a comparison: one that was ended half-way is known by it
    private const string Mark = ".vaal-comparison";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes all of it into a folder.</summary>
    /// <returns>the path of the page</returns>
    public static string Save(BenchSummary summary, string folder, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var figures = Figures(summary).ToList();
        foreach (var figure in figures)
        {
            cancel.ThrowIfCancellationRequested();
            figure.Save(Path.Combine(folder, figure.Name + ".png"));
            figure.Save(Path.Combine(folder, figure.Name + ".svg"));
        }
        AtomicFile.WriteAllText(Path.Combine(folder, "table.md"), Markdown(summary));
        var page = Path.Combine(folder, "report.html");
        AtomicFile.WriteAllText(page, Page(summary, figures));
        return page;
    }

    /// <summary>Merges the results of benches that have the same protocol, and writes them to a folder.</summary>
    /// <param name="folders">of the benches, finished or not</param>
    /// <param name="output">for the merged results; new, empty, or of an earlier comparison</param>
    /// <param name="baseline">the strategy that the others are compared with</param>
    /// <exception cref="InputException">
    /// a folder holds no bench, the protocols differ, no bench has the baseline, or the output holds something else
    /// </exception>
    public static BenchSummary Compare(
        IReadOnlyList<string> folders, string output, string baseline = "random", string title = "Comparison",
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        CheckOutput(output);
        var rows = MergedBenches.Rows(folders, cancel);
        string[] names = [.. rows.Select(r => r.Strategy).Distinct()];
        if (!names.Contains(baseline))
            throw new InputException($"no strategy '{baseline}' in these benches to compare with; "
                + $"there are: {string.Join(", ", names)}");
        var from = folders.Select(f => Path.GetFileName(Path.TrimEndingDirectorySeparator(f)));
        RunFolder.Make(output);
        AtomicFile.WriteAllText(Path.Combine(output, Mark), $"{title}\n");
        ResultsFile.Write(output, rows);
        string[] tables = [.. folders.Where(System.IO.File.Exists).Select(f => Path.GetFileName(f))];
        var about = $"Merged from {string.Join(", ", from)}."
            + (tables.Length == 0 ? "" : $" The protocol of {string.Join(", ", tables)} was not checked.");
        return BenchSummary.Of(rows, baseline, title, about);
    }

    private static void CheckOutput(string folder)
    {
        if (BenchGrid.IsIn(folder))
            throw new InputException($"{folder} holds a bench, and the merged results would replace its own; "
                + "give --out another folder");
        if (System.IO.File.Exists(folder)) throw new InputException($"{folder} is a file; give --out a folder");
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).All(RunFolder.IsOurs)
            && !IsIn(folder))
            throw new InputException($"{folder} is not empty and holds no comparison of vaal; "
                + "give --out an empty or new folder");
    }

    // whether a folder holds such files already, which may be replaced; those of older versions have no mark
    internal static bool IsIn(string folder) => System.IO.File.Exists(Path.Combine(folder, Mark))
        || (Path.Combine(folder, "report.html") is var page && System.IO.File.Exists(page) && HtmlReport.IsOne(page));

    /// <summary>The table of a paper: one row per strategy; bold: better by the corrected test.</summary>
    internal static string Markdown(BenchSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var text = new StringBuilder();
        foreach (var line in summary.Lacking()) text.Append(line).Append("\n\n");
        foreach (var (pool, curves) in summary.Curves)
        {
            // a cost buys each strategy as many labels as it can
            string[] labels = [.. curves[0].Labels.Select((_, round) => Span(curves.Select(c => c.Labels[round])))];
            text.Append(Invariant, $"**{pool}**: test {summary.Measure} in %, mean with 95% interval ");
            text.Append("(Student's t, cut to 0..100)\n\n");
            text.Append(Invariant, $"| strategy |{string.Concat(labels.Select(l => $" {l} labels |"))}\n");
            text.Append(Invariant, $"|---|{string.Concat(labels.Select(_ => "---|"))}\n");
            foreach (var curve in curves)
            {
                var cells = string.Concat(curve.Accuracy.Select(a => $" {Percent(a)} |"));
                text.Append(Invariant, $"| {curve.Strategy} |{cells}\n");
            }
            text.Append('\n');
        }
        text.Append(Invariant, $"**Against {summary.Baseline}**: {PairedOver(summary)}, ");
        text.Append(Invariant, $"in points of {summary.Measure} averaged over the budget\n\n");
        var f1 = summary.HasMacroF1;
        text.Append("| strategy | runs | difference (95% CI) | p | least p | p, Holm | verdict | penalty |");
        text.Append(f1 ? " macro F1 |\n" : "\n");
        text.Append("|---|---|---|---|---|---|---|---|").Append(f1 ? "---|\n" : "\n");
        foreach (var s in summary.Strategies)
            text.Append(Invariant, $"| {Bold(s.Name, s.Verdict)} | {s.Runs} | {Points(s.Difference)} ")
                .Append(Invariant, $"| {P(s.P)} | {LeastP(s.LeastP)} | {P(s.Corrected)} ")
                .Append(Invariant, $"| {s.Verdict} | {Number(s.Penalty, "0.00")} |")
                .Append(f1 ? $" {MacroF1(s)} |\n" : "\n");
        text.Append('\n').Append(summary.Said()).Append('\n');
        if (!summary.HasSeveralPools) return text.ToString();
        var onPools = summary.OnPools();
        text.Append(
            Invariant, $"\n**Each pool by itself**: paired by seed, corrected for {onPools.Count} comparisons\n\n");
        text.Append("| pool | strategy | pairs | difference (95% CI) | p | least p | p, Holm | verdict |\n");
        text.Append("|---|---|---|---|---|---|---|---|\n");
        foreach (var (name, d) in onPools)
            text.Append(Invariant, $"| {d.Pool} | {Bold(name, d.Verdict)} | {d.Pairs} | {Points(d.Difference)} ")
                .Append(Invariant, $"| {P(d.P)} | {LeastP(d.LeastP)} | {P(d.Corrected)} ")
                .Append(Invariant, $"| {d.Verdict} |\n");
        return text.ToString();
    }

    private static string MacroF1(StrategySummary s) => s.MacroF1 is { } f1 ? Percent(f1) : "";

    private static string PairedOver(BenchSummary summary) =>
        summary.HasSeveralPools ? "paired over pools and seeds, both counted as drawn at random" : "paired over seeds";

    private static string Bold(string name, string verdict) => verdict == "better" ? $"**{name}**" : name;

    // no p is 0: of the least one the first digit tells, of a measured one that it is below what is shown
    private static string LeastP(double p) => Number(p, p < 0.0005 ? "0.0E-0" : "0.000");

    private sealed record Drawn(string Name, string Caption, Action<string> Save, Func<string> Svg);

    private static IEnumerable<Drawn> Figures(BenchSummary summary)
    {
        foreach (var (pool, curves) in summary.Curves)
        {
            var plot = new LearningCurvePlot(
                $"{Capital(summary.Measure)} against labels: {pool}",
                "Mean over seeds; bands: 95% interval over seeds (Student's t).", curves)
            {
                Baseline = summary.Baseline,
                Measure = summary.Measure
            };
            var (width, height) = (plot.WidthFor(900), Math.Max(500, 150 + 19 * curves.Count));
            yield return new(
                $"learning-curves-{File(pool)}", $"{Capital(summary.Measure)} against the number of labels{Of(pool)}",
                path => plot.Save(path, width, height), () => plot.Svg(width, height));
        }
        if (summary.Strategies.Where(s => !double.IsNaN(s.P)).ToList() is { Count: > 0 } tested)
        {
            var dots = new DotPlot(
                $"{Capital(summary.Measure)} minus that of {summary.Baseline}", summary.Said(),
                $"points of {summary.Measure} averaged over the budget; lines: 95% interval (Student's t), not " +
                $"corrected",
                [.. tested.Select(s => (s.Name, Scaled(s.Difference, 100),
                    $"{SignedPoints.Of(s.Difference.Estimate)}; p, Holm {(s.Corrected < 0.0005 ? "" : "= ")}"
                        + P(s.Corrected)))]);
            yield return new(
                "differences", "Differences, paired by pool and seed", path => dots.Save(path), () => dots.Svg());
        }
        foreach (var pool in summary.Savings.GroupBy(s => s.Pool))
        {
            var dots = new DotPlot(
                $"Labels saved: {pool.Key}",
                $"How many more labels {summary.Baseline} needs for the {summary.Measure} that a strategy has with " +
                $"{Span(pool.Select(s => s.Used))}; negative: fewer. ≥: {summary.Baseline} did not get there within " +
                $"its budget, with all seeds or without one; the end of the budget counts.",
                "labels; lines: 95% interval (jackknife, Student's t)",
                [.. pool.OrderByDescending(s => s.Saved.Estimate).Select(s => (s.Strategy, s.Saved, Estimate(s)))]);
            yield return new(
                $"label-saving-{File(pool.Key)}", $"Labels that a strategy saves{Of(pool.Key)}", path =>
                    dots.Save(path), () => dots.Svg());
        }
        if (summary.Strategies.Where(s => s.SelectSeconds > 0).ToList() is { Count: > 0 } timed)
        {
            var dots = new DotPlot(
                "Time of a selection",
                "Median, with the training of whatever networks a strategy trains for itself.", "seconds",
                [.. timed.OrderBy(s => s.SelectSeconds)
                    .Select(s => (s.Name, Interval.Unbounded(s.SelectSeconds), Took(s)))])
            {
                Logarithmic = true
            };
            yield return new(
                "selection-time", "What a selection costs in time", path => dots.Save(path), () => dots.Svg());
        }
        if (summary.Strategies.Count > 1)
        {
            var map = new PenaltyPlot(
                "Who beats whom",
                "A cell: over pools, the share of rounds in which the row's strategy was better than the column's " +
                "(paired t test, 5%, uncorrected), summed. Low means are good. Grey: not compared.",
                [.. summary.Strategies.Select(s => s.Name)], summary.Penalties);
            yield return new("penalties", "Pairwise penalty matrix (Ash et al. 2020)", path => map.Save(path), map.Svg);
        }

        string Of(string pool) => summary.Curves.Count > 1 ? $": {pool}" : "";

        static string Took(StrategySummary s) => $"{Seconds(s.SelectSeconds)} s"
            + (s.TrainSeconds > 0 ? $", {Seconds(s.TrainSeconds)} training" : "");
    }

    private static string Span(IEnumerable<int> labels)
    {
        int[] ordered = [.. labels.Order()];
        var (least, most) = (ordered[0].ToString("N0", Invariant), ordered[^1].ToString("N0", Invariant));
        return least == most ? least : $"{least} to {most}";
    }

    private static string Estimate(LabelSaving s) =>
        string.Create(Invariant, $"{(s.AtLeast ? "≥ " : "")}{s.Saved.Estimate:+0;−0;0}");

    private static Interval Scaled(Interval i, double by) => new(by * i.Estimate, by * i.Low, by * i.High);

    // there is no accuracy below 0% or above 100%
    private static string Percent(Interval a) => double.IsNaN(a.Estimate)
        ? ""
        : double.IsNaN(a.Low)
        ? string.Create(Invariant, $"{100 * a.Estimate:0.0}")
        : string.Create(
            Invariant, $"{100 * a.Estimate:0.0} ({100 * Math.Max(0, a.Low):0.0} to {100 * Math.Min(1, a.High):0.0})");

    private static string Seconds(double value) =>
        value is > 0 and < 0.005 ? "< 0.01" : Number(value, value < 10 ? "0.00" : value < 100 ? "0.0" : "#,0");

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    // 'a b' and 'a-b' are two pools; ~ is in no name
    private static string File(string pool) => pool.Replace(' ', '~');
}
