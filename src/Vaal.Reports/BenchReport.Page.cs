using System.Text;
using Vaal.Experiments;
using static Vaal.Experiments.BenchSummary;

namespace Vaal.Reports;

public static partial class BenchReport
{
    private static string Page(BenchSummary summary, IReadOnlyList<Drawn> figures)
    {
        var done = summary.Strategies.Sum(s => s.Runs);
        var runs = summary.Wanted > done ? $"{done} of {summary.Wanted}" : $"{done}";
        var style = summary.Strategies.Any(s => s.Verdict == "better") ? "good" : "weak";
        var f1 = F1Column(summary);
        var body = Html.Of($"""
            <header>
            <p class="kicker">Vaal bench</p>
            <h1>{summary.Title}</h1>
            <p class="meta">{summary.About}</p>
            <dl class="counts"><div><dt>strategies</dt><dd>{summary.Strategies.Count}</dd></div>
            <div><dt>pools</dt><dd>{summary.Curves.Count}</dd></div>
            <div><dt>finished runs</dt><dd>{runs}</dd></div></dl>
            <section class="verdict {style}"><h2>{summary.Said()}</h2>
            {summary.Lacking().Select(line => Html.Of($"<p>{line}</p>\n"))}
            <p>A strategy is called better or worse only if a paired sign-flip permutation test shows it, after Holm's
            correction for all comparisons (5%). Least p: the smallest p that so many pairs can give, before
            correction.</p></section>
            </header>
            <main>
            <section><h2>Against {summary.Baseline}</h2><div class="scroll"><table><thead><tr>
            <th>strategy</th><th>runs</th><th>{summary.Measure} (95% CI)</th><th>difference (95% CI)</th><th>p</th>
            <th>least p</th><th>p, Holm</th><th>verdict</th><th>penalty</th>{f1.Head}</tr></thead><tbody>
            {summary.Strategies.Select(s => Row(s, f1.Cell(s)))}
            </tbody></table></div>
            <p>{Capital(summary.Measure)}: in %, averaged over the budget; intervals are cut to 0..100. Difference: the
            strategy's value minus {summary.Baseline}'s with the same pool and seed, in points, {PairedOver(summary)}.
            Penalty: how often others were better; empty: no other had two seeds in common.{f1.Words}</p></section>
            {figures.Select(Shown)}
            {Pools(summary)}
            {Savings(summary)}
            {Costs(summary)}
            {Failed(summary)}
            </main>
            """);
        return HtmlReport.Assemble(
            $"{summary.Title} · Vaal bench", body,
            // on a phone a plot keeps a size that can be read, and scrolls
            style: "figure{overflow-x:auto}"
                + "figure img{max-width:100%;min-width:min(36rem,180vw);height:auto;background:#fff;border-radius:6px}"
                + ".scroll + p{margin-top:.7rem}"
                // a name may be as long as a line
                + "tbody th,td.pool{max-width:18em;white-space:normal;overflow-wrap:anywhere}"
                + "tbody th{min-width:8em}"
                // nine columns fit a window of 1,000 pixels
                + "thead th{white-space:normal;vertical-align:bottom}th,td{padding-right:14px}");
    }

    private static Html Shown(Drawn figure)
    {
        var svg = new Html(Convert.ToBase64String(Encoding.UTF8.GetBytes(figure.Svg())));
        return Html.Of($"""
            <section><h2>{figure.Caption}</h2><figure>
            <img alt="{figure.Caption}" src="data:image/svg+xml;base64,{svg}"></figure></section>

            """);
    }

    // of several classes an image
    private static (Html Head, Func<StrategySummary, Html> Cell, string Words) F1Column(BenchSummary summary) =>
        !summary.HasMacroF1 ? (default, _ => default, "") : (Html.Of($"<th>macro F1 (95% CI)</th>"),
            s => Html.Of($"<td>{MacroF1(s)}</td>"), " Macro F1: the mean F1 of the classes, in % likewise.");

    private static Html Row(StrategySummary s, Html macroF1) => Html.Of($"""
        <tr><th scope="row">{s.Name}</th><td>{s.Runs}</td><td>{Percent(s.Area)}</td><td>{Points(s.Difference)}</td>
        <td>{P(s.P)}</td><td>{LeastP(s.LeastP)}</td><td>{P(s.Corrected)}</td>
        <td>{s.Verdict}</td><td>{Number(s.Penalty, "0.00")}</td>{macroF1}</tr>

        """);

    private static Html Pools(BenchSummary summary) => !summary.HasSeveralPools ? default : Html.Of($"""
        <section><h2>Each pool by itself</h2><div class="scroll"><table><thead><tr><th>pool</th><th>strategy</th>
        <th>pairs</th><th>difference (95% CI)</th><th>p</th><th>least p</th><th>p, Holm</th><th>verdict</th>
        </tr></thead><tbody>
        {summary.OnPools().Select(d => Row(d.Strategy, d.Difference))}
        </tbody></table></div></section>
        """);

    private static Html Row(string name, PoolDifference d) =>
        Html.Of($"<tr><td class=\"pool\">{d.Pool}</td><th scope=\"row\">{name}</th>{Cells(d)}</tr>\n");

    private static Html Cells(PoolDifference d) => Html.Of($"""
        <td>{d.Pairs}</td><td>{Points(d.Difference)}</td><td>{P(d.P)}</td>
        <td>{LeastP(d.LeastP)}</td><td>{P(d.Corrected)}</td><td>{d.Verdict}</td>
        """);

    private static Html Savings(BenchSummary summary) => summary.Savings.Count == 0 ? default : Html.Of($"""
        <section><h2>Labels saved</h2><div class="scroll"><table><thead><tr><th>pool</th><th>strategy</th>
        <th>with labels</th><th>saved (95% CI)</th></tr></thead><tbody>
        {summary.Savings.Select(Row)}
        </tbody></table></div></section>
        """);

    private static Html Row(LabelSaving s)
    {
        var range = double.IsNaN(s.Saved.Low) ? "" : string.Create(
            Invariant, $" ({s.Saved.Low:+0;−0;0} to {(s.AtLeast ? "at least " : "")}{s.Saved.High:+0;−0;0})");
        return Html.Of($"""
            <tr><td class="pool">{s.Pool}</td><th scope="row">{s.Strategy}</th><td>{s.Used}</td>
            <td>{Estimate(s)}{range}</td></tr>

            """);
    }

    private static Html Costs(BenchSummary summary)
    {
        var timed = summary.Strategies.Where(s => !double.IsNaN(s.SelectSeconds)).ToList();
        return timed.Count == 0 ? default : Html.Of($"""
            <section><h2>What a selection costs</h2><div class="scroll"><table><thead><tr><th>strategy</th>
            <th>seconds</th><th>of these training</th><th>peak MiB</th></tr></thead><tbody>
            {timed.OrderBy(s => s.SelectSeconds).Select(Cost)}
            </tbody></table></div></section>
            """);
    }

    private static Html Cost(StrategySummary s) => Html.Of($"""
        <tr><th scope="row">{s.Name}</th><td>{Seconds(s.SelectSeconds)}</td><td>{Seconds(s.TrainSeconds)}</td>
        <td>{Number(s.PeakMebibytes, "#,0")}</td></tr>

        """);

    private static Html Failed(BenchSummary summary) => summary.Failures.Count == 0 ? default : Html.Of($"""
        <section><h2>Runs that failed</h2><ul>
        {summary.Failures.Select(f => Html.Of($"<li>{f.Name}: {f.Error.Split('\n')[0]}</li>\n"))}
        </ul></section>
        """);
}
