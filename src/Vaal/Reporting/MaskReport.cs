using System.Globalization;

namespace Vaal.Reporting;

/// <summary>A run on images with masks as one page: how well each class is found round by round, and the first of the chosen images with mask, prediction and uncertainty.</summary>
internal static class MaskReport
{
    public const string Name = "report.html";

    private const string Style = """
        #iou th, #iou td { text-align: right; } #iou th:first-child { text-align: left; }
        .panels { list-style: none; display: grid; gap: 18px; margin-top: 14px; }
        .panels img { display: block; width: 100%; max-width: 1000px; height: auto; }
        .heads { display: grid; grid-template-columns: repeat(4, 1fr); max-width: 1000px; margin-top: 14px; color: var(--soft); font-size: .875rem; }
        .classes-key { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0; font-size: .875rem; }
        .classes-key i { display: inline-block; width: 14px; height: 14px; margin-right: 6px; border-radius: 3px; vertical-align: -2px; }
        .heat { display: inline-block; width: 110px; height: 12px; margin: 0 8px; border-radius: 3px; vertical-align: -1px; }
        """;

    /// <param name="panels">of a round, by its number; null where none were kept</param>
    public static void Save(string path, string title, LoopOptions options, IReadOnlyList<string> classes, IReadOnlyList<RoundResult> rounds, Func<int, MaskPanels?> panels)
    {
        var measured = rounds.Where(r => r.Masks is not null).ToList();
        var body = Html.Of($"""
            <header><p class="kicker">Vaal report</p><h1><bdi>{title}</bdi></h1>
            <p class="meta">{options.Strategy}, {options.Task.Model}, seed {options.Seed}: {options.Initial:N0} labels to start with, {options.Budget:N0} a round.</p></header>
            <main><section id="iou"><h2>Intersection over union</h2>
            <p>In % on the test set, all of its pixels counted together. A class that is neither in the masks nor predicted has none (–).</p>
            {Table(classes, measured)}</section>
            {measured.Select(r => panels(r.Round) is { Names.Count: > 0 } found ? Chosen(r, found, classes) : default)}</main>
            <footer>This file needs no network and sends nothing.</footer>
            """);
        AtomicFile.WriteAllText(path, HtmlReport.Assemble($"{title} · Vaal report", body, Style));
    }

    private static Html Table(IReadOnlyList<string> classes, IReadOnlyList<RoundResult> rounds)
    {
        static string Percent(double share) => double.IsNaN(share) ? "–" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
        Html Row(string name, Func<RoundResult, double> value) => Html.Of($"""<tr><th scope="row"><bdi>{name}</bdi></th>{rounds.Select(r => Html.Of($"<td>{Percent(value(r))}</td>"))}</tr>""");
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Intersection over union"><table><thead><tr><th scope="col">labels</th>{rounds.Select(r => Html.Of($"""<th scope="col">{r.Labelled:N0}</th>"""))}</tr></thead>
            <tbody>{Row("mean", r => r.Masks!.MeanIou)}{classes.Select((name, k) => Row(name, r => r.Masks!.ClassIou[k]))}{Row("pixel accuracy", r => r.Masks!.PixelAccuracy)}</tbody></table></div>
            """);
    }

    private static Html Chosen(RoundResult round, MaskPanels panels, IReadOnlyList<string> classes)
    {
        var all = round.Picks.Count > panels.Names.Count ? $"the first {panels.Names.Count} of {round.Picks.Count}" : "all";
        return Html.Of($"""

            <section id="round-{round.Round}"><h2>Chosen with {round.Labelled:N0} labels</h2>
            <p>In the order of choice, {all}, as the network of this round saw them. Uncertainty is the entropy of a pixel's class probabilities, as a share of the most possible:
            0<span class="heat" style="background:linear-gradient(to right{Html.Join(MaskPanels.Heat.Select(c => Html.Of($",{Css(c)}")))})"></span>1.</p>
            <ul class="classes-key">{classes.Select((name, k) => Html.Of($"""<li><i style="background:{Css(MaskPanels.ColourOf(k))}"></i><bdi>{name}</bdi></li>"""))}</ul>
            <p class="heads" aria-hidden="true"><span>image</span><span>mask</span><span>prediction</span><span>uncertainty</span></p>
            <ol class="panels">{panels.Names.Select((name, i) => Html.Of($"""<li><img alt="Image, mask, prediction and uncertainty of {name}" src="data:image/webp;base64,{Convert.ToBase64String(panels.Pictures[i])}"><p class="path"><bdi>{name}</bdi></p></li>"""))}</ol></section>
            """);
    }

    private static string Css(SkiaSharp.SKColor c) => $"#{c.Red:x2}{c.Green:x2}{c.Blue:x2}";
}
