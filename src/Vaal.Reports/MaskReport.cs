using System.Globalization;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Records;

namespace Vaal.Reports;

/// <summary>A run on images with masks as one page: how well the model finds each class, round by round, and the first
/// chosen images with mask, prediction and uncertainty.</summary>
internal static class MaskReport
{
    internal const string Name = "report.html", Iou = "Intersection over union";

    internal const string Style = """
        #iou th, #iou td { text-align: right; } #iou th:first-child { text-align: left; }
        .panels { list-style: none; display: grid; gap: 18px; margin-top: 14px; }
        .panels img { display: block; width: 100%; max-width: 1000px; height: auto; }
        .heads { display: grid; grid-template-columns: repeat(4, 1fr); max-width: 1000px; margin-top: 14px; }
        .heads { color: var(--soft); font-size: .875rem; }
        .classes-key { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0; }
        .classes-key { font-size: .875rem; }
        .classes-key i { display: inline-block; width: 14px; height: 14px; margin-right: 6px; }
        .classes-key i { border-radius: 3px; vertical-align: -2px; }
        .heat { display: inline-block; width: 110px; height: 12px; margin: 0 8px; }
        .heat { border-radius: 3px; vertical-align: -1px; }
        """;

    /// <summary>Writes a run's masks and predictions beside its results.</summary>
    /// <param name="output">the run's folder</param>
    /// <returns>the path of the page</returns>
    public static string Save(
        string output, RunFolder folder, LoopOptions options, DataSet data, IReadOnlyList<RoundResult> rounds)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(data);
        var page = Path.Combine(output, Name);
        Save(page, data.Name, options, data.ClassNames, rounds, round => MaskPanels.Load(folder.Overlays(round)));
        return page;
    }

    /// <param name="panels">of a round, by its number; null where none were kept</param>
    internal static void Save(string path, string title, LoopOptions options, IReadOnlyList<string> classes,
        IReadOnlyList<RoundResult> rounds, Func<int, MaskPanels?> panels)
    {
        var measured = rounds.Where(r => r.Masks is not null).ToList();
        (string, IReadOnlyList<double>)[] rows =
        [
            Row("mean", r => r.Masks!.MeanIou),
            .. classes.Select((name, k) => Row(name, r => r.Masks!.ClassIou[k])),
            Row("pixel accuracy", r => r.Masks!.PixelAccuracy),
        ];
        var chosen = measured
            .Select(r => panels(r.Round) is { Names.Count: > 0 } found ? Chosen(r, found, classes) : default);
        var budget = options.BudgetCost is { } cost
            ? FormattableString.Invariant($"labels for a cost of {cost}")
            : Counted.Of(options.Budget, "label");
        var body = Html.Of($"""
            <header><p class="kicker">Vaal report</p><h1><bdi>{title}</bdi></h1>
            <p class="meta">{options.Strategy}, {options.Task.Model}, seed {options.Seed}:
            {options.Initial:N0} initial labels, then {budget} per round.</p></header>
            <main><section id="iou"><h2>{Iou}</h2>
            <p>In % on the test set, all of its pixels counted together. A class that is neither in the masks nor
            predicted has no value (–).</p>
            {Table(Iou, [.. measured.Select(r => r.Labelled)], rows)}</section>
            {chosen}</main>
            <footer>This file needs no network and sends nothing.</footer>
            """);
        AtomicFile.WriteAllText(path, HtmlReport.Assemble($"{title} · Vaal report", body, Style));

        (string, IReadOnlyList<double>) Row(string name, Func<RoundResult, double> value) =>
            (name, [.. measured.Select(value)]);
    }

    /// <summary>Shares in %, a row each, a column for each number of labels.</summary>
    /// <param name="measure">what they are, in words</param>
    internal static Html Table(string measure, IReadOnlyList<int> labels,
        IEnumerable<(string Name, IReadOnlyList<double> Values)> rows)
    {
        var heads = labels.Select(l => Html.Of($"""<th scope="col">{l:N0}</th>"""));
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="{measure}"><table>
            <thead><tr><th scope="col">labels</th>{heads}</tr></thead>
            <tbody>{rows.Select(r => Row(r.Name, r.Values))}</tbody></table></div>
            """);

        static Html Row(string name, IReadOnlyList<double> values)
        {
            var cells = values.Select(v => Html.Of($"<td>{Percent(v)}</td>"));
            return Html.Of($"""<tr><th scope="row"><bdi>{name}</bdi></th>{cells}</tr>""");
        }

        static string Percent(double share) =>
            double.IsNaN(share) ? "–" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static Html Chosen(RoundResult round, MaskPanels panels, IReadOnlyList<string> classes) => Html.Of($"""

        <section id="round-{round.Round}"><h2>Chosen with {Counted.Of(round.Labelled, "label")}</h2>
        {Panels(
            classes, panels.Names, panels.Pictures, round.Picks.Count, "as the network of this round saw them")}
        </section>
        """);

    /// <param name="all">how many images were chosen</param>
    /// <param name="how">what the panels show, in words</param>
    internal static Html Panels(
        IReadOnlyList<string> classes, IReadOnlyList<string> names, IReadOnlyList<byte[]> pictures, int all, string how)
    {
        var shown = all > names.Count ? $"the first {names.Count} of {all}" : "all";
        var colours = string.Join(',', MaskPanels.Heat.Select(Css));
        var key = classes.Select((name, k) => Html.Of(
            $"""<li><i style="background:{Css(MaskPanels.ColourOf(k))}"></i><bdi>{name}</bdi></li>"""));
        var items = names.Select((name, i) => Html.Of($"""
            <li><img alt="Image, mask, prediction and uncertainty of {name}"
            src="data:image/webp;base64,{new Html(Convert.ToBase64String(pictures[i]))}">
            <p class="path"><bdi>{name}</bdi></p></li>
            """));
        return Html.Of($"""
            <p>In the order of choice, {shown}, {how}. Uncertainty is the entropy of a pixel's class probabilities,
            divided by its maximum:
            0<span class="heat" style="background:linear-gradient(to right,{colours})"></span>1.</p>
            <ul class="classes-key">{key}</ul>
            <p class="heads" aria-hidden="true"><span>image</span><span>mask</span><span>prediction</span>
            <span>uncertainty</span></p>
            <ol class="panels">{items}</ol>
            """);
    }

    private static string Css(SkiaSharp.SKColor c) => $"#{c.Red:x2}{c.Green:x2}{c.Blue:x2}";
}
