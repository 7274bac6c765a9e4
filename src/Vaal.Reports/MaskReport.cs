using System.Globalization;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Records;

namespace Vaal.Reports;

/// <summary>A run on images with masks as one page: how well each class is found round by round, and the first of the chosen images with mask, prediction and uncertainty.</summary>
internal static class MaskReport
{
    internal const string Name = "report.html";

    internal const string Style = """
        #iou th, #iou td { text-align: right; } #iou th:first-child { text-align: left; }
        .panels { list-style: none; display: grid; gap: 18px; margin-top: 14px; }
        .panels img { display: block; width: 100%; max-width: 1000px; height: auto; }
        .heads { display: grid; grid-template-columns: repeat(4, 1fr); max-width: 1000px; margin-top: 14px; color: var(--soft); font-size: .875rem; }
        .classes-key { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0; font-size: .875rem; }
        .classes-key i { display: inline-block; width: 14px; height: 14px; margin-right: 6px; border-radius: 3px; vertical-align: -2px; }
        .heat { display: inline-block; width: 110px; height: 12px; margin: 0 8px; border-radius: 3px; vertical-align: -1px; }
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
        var body = Html.Of($"""
            <header><p class="kicker">Vaal report</p><h1><bdi>{title}</bdi></h1>
            <p class="meta">{options.Strategy}, {options.Task.Model}, seed {options.Seed}: {options.Initial:N0} labels to start with, then {(options.BudgetCost is { } cost ? FormattableString.Invariant($"what {cost} buys") : $"{options.Budget:N0}")} a round.</p></header>
            <main><section id="iou"><h2>Intersection over union</h2>
            <p>In % on the test set, all of its pixels counted together. A class that is neither in the masks nor predicted has none (–).</p>
            {Table([.. measured.Select(r => r.Labelled)], [Row("mean", r => r.Masks!.MeanIou), .. classes.Select((name, k) => Row(name, r => r.Masks!.ClassIou[k])), Row("pixel accuracy", r => r.Masks!.PixelAccuracy)])}</section>
            {measured.Select(r => panels(r.Round) is { Names.Count: > 0 } found ? Chosen(r, found, classes) : default)}</main>
            <footer>This file needs no network and sends nothing.</footer>
            """);
        (string, IReadOnlyList<double>) Row(string name, Func<RoundResult, double> value) => (name, [.. measured.Select(value)]);
        AtomicFile.WriteAllText(path, HtmlReport.Assemble($"{title} · Vaal report", body, Style));
    }

    /// <summary>Shares in %, a row each, a column for each number of labels.</summary>
    internal static Html Table(IReadOnlyList<int> labels, IEnumerable<(string Name, IReadOnlyList<double> Values)> rows)
    {
        static string Percent(double share) => double.IsNaN(share) ? "–" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
        static Html Row(string name, IReadOnlyList<double> values) => Html.Of($"""<tr><th scope="row"><bdi>{name}</bdi></th>{values.Select(v => Html.Of($"<td>{Percent(v)}</td>"))}</tr>""");
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Intersection over union"><table><thead><tr><th scope="col">labels</th>{labels.Select(l => Html.Of($"""<th scope="col">{l:N0}</th>"""))}</tr></thead>
            <tbody>{rows.Select(r => Row(r.Name, r.Values))}</tbody></table></div>
            """);
    }

    private static Html Chosen(RoundResult round, MaskPanels panels, IReadOnlyList<string> classes) => Html.Of($"""

        <section id="round-{round.Round}"><h2>Chosen with {round.Labelled:N0} labels</h2>
        {Panels(classes, panels.Names, panels.Pictures, round.Picks.Count, "as the network of this round saw them")}</section>
        """);

    /// <param name="all">how many images were chosen</param>
    /// <param name="how">what the panels show, in words</param>
    internal static Html Panels(IReadOnlyList<string> classes, IReadOnlyList<string> names, IReadOnlyList<byte[]> pictures, int all, string how)
    {
        var shown = all > names.Count ? $"the first {names.Count} of {all}" : "all";
        return Html.Of($"""
            <p>In the order of choice, {shown}, {how}. Uncertainty is the entropy of a pixel's class probabilities, as a share of the most possible:
            0<span class="heat" style="background:linear-gradient(to right{Html.Join(MaskPanels.Heat.Select(c => Html.Of($",{Css(c)}")))})"></span>1.</p>
            <ul class="classes-key">{classes.Select((name, k) => Html.Of($"""<li><i style="background:{Css(MaskPanels.ColourOf(k))}"></i><bdi>{name}</bdi></li>"""))}</ul>
            <p class="heads" aria-hidden="true"><span>image</span><span>mask</span><span>prediction</span><span>uncertainty</span></p>
            <ol class="panels">{names.Select((name, i) => Html.Of($"""<li><img alt="Image, mask, prediction and uncertainty of {name}" src="data:image/webp;base64,{Convert.ToBase64String(pictures[i])}"><p class="path"><bdi>{name}</bdi></p></li>"""))}</ol>
            """);
    }

    private static string Css(SkiaSharp.SKColor c) => $"#{c.Red:x2}{c.Green:x2}{c.Blue:x2}";
}
