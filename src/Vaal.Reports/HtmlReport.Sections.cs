using Vaal.Data.Learning;

namespace Vaal.Reports;

internal static partial class HtmlReport
{
    private const int MostClasses = 40, AtOnce = 60, MostSuspects = 50;

    private static Html Body(ReportData data)
    {
        (string Id, string Title, Html Content)[] sections =
        [
            ("chosen", "Chosen images", Show(data.Picks, Picks)),
            .. data.Unlike is { } unlike ? new[] { ("unlike", "Unlike your labels", Unlike(unlike)) } : [],
            .. data.Masks is { } masks ? new[] { ("masks", "Masks and predictions", Show(masks, Masks)) } : [],
            .. data.OfNetworks ? new[] { ("map", "Map of the latent space", Show(data.Map, Map)),
                ("scores", "Scores", Show(data.Scores, Scores)) } : [],
            ("classes", "Labels per class", Show(data.Classes, Classes)),
            ("learning", "Learning curve", Show(data.LearningCurve, LearningCurve)),
            .. data.OfNetworks ? new[] { ("training", "Training", Show(data.Training, Training)) } : [],
            .. data.Suspects is { } suspects ? new[] { ("review", "Labels to check", Show(suspects, Suspects)) } : [],
            ("duplicates", "Near-duplicates", Show(data.NearDuplicates, NearDuplicates)),
            ("rounds", "Rounds", data.Rounds.Count == 0
                ? Missing("No round has been recorded yet.")
                : Rounds(data.Rounds)),
        ];
        var counts = data.Counts.Select(c => Html.Of($"<div><dt>{c.Name}</dt><dd>{c.Value:N0}</dd></div>"));
        return Html.Of($"""
            <header>
            <p class="kicker">Vaal report</p>
            <h1><bdi>{data.Title}</bdi></h1>
            <p class="meta">{data.Subtitle}</p>
            <dl class="counts">{counts}</dl>
            {Show(data.Health, Health)}
            </header>
            <nav aria-label="Sections">{sections.Select(s => Html.Of($"""<a href="#{s.Id}">{s.Title}</a>"""))}</nav>
            <main>{sections.Select(s => Html.Of($"""

            <section id="{s.Id}" aria-labelledby="{s.Id}-title"><h2 id="{s.Id}-title">{s.Title}</h2>
            {s.Content}</section>
            """))}</main>
            <footer>Written by vaal {data.Version} on
            <time datetime="{data.Made:O}">{data.Made:yyyy-MM-dd HH:mm} UTC{data.Made:zzz}</time>.
            This file needs no network and sends nothing.</footer>
            """);
    }

    private static Html Show<T>(Section<T> section, Func<T, Html> draw) where T : class =>
        section.Value is { } value ? draw(value) : Missing(section.Missing ?? "Not measured.");

    private static Html Missing(string why) => Html.Of($"""<p class="missing">{why}</p>""");

    private static Html Health(ReportHealth health)
    {
        var (style, sign, word) = health.Level switch
        {
            HealthLevel.Informative => ("good", "✓", "Informative"),
            HealthLevel.Weak => ("weak", "!", "Weak"),
            HealthLevel.Unknown => ("weak", "?", "Cannot be judged"),
            _ => ("none", "×", "No better than random"),
        };
        var numbers = health.Numbers.Select(
            n => Html.Of($"<div><dt>{n.Name}</dt><dd>{n.Value}<small>{n.Meaning}</small></dd></div>"));
        return Html.Of($"""
            <section class="verdict {style}" aria-labelledby="verdict">
            <h2 id="verdict"><span aria-hidden="true">{sign}</span> {word}</h2>
            <p>{health.Verdict}</p>
            <dl>{numbers}</dl></section>
            """);
    }

    private static Html Suspects(IReadOnlyList<SuspectLabel> suspects)
    {
        var shown = suspects.Take(MostSuspects).Select(s => Html.Of($"""
            <tr><td class="text"><bdi>{s.Path}</bdi></td><td><bdi>{s.Given}</bdi></td>
            <td class="text"><bdi>{s.Believed}</bdi></td><td>{s.BelievedProbability:0.00}</td>
            <td>{s.GivenProbability:0.00}</td></tr>
            """));
        var more = suspects.Count > MostSuspects
            ? Html.Of($"""
                <p class="note">The first {MostSuspects} of {suspects.Count:N0} are shown; <code>vaal review</code>
                lists all.</p>
                """)
            : default;
        return Html.Of($"""
            <p>A model that was fitted without these labels predicts another class.
            <code>vaal review --export</code> writes them for a labelling tool.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Labels to check"><table><thead><tr>
            <th scope="col">image</th><th scope="col">label</th>
            <th scope="col" class="text">predicted</th>
            <th scope="col">probability</th><th scope="col">of the label</th>
            </tr></thead><tbody>{shown}</tbody></table></div>{more}
            """);
    }

    private static Html Picks(ReportPicks picks)
    {
        var more = picks.All > picks.Picks.Count
            ? Html.Of($"""
                <p class="note">The first {picks.Picks.Count:N0} of {picks.All:N0} are shown;
                <code>vaal export --what picks</code> lists all.</p>
                """)
            : default;
        var reasons = picks.Picks.Select(p => p.Reason).Distinct().ToList();
        // one reason for all is said once
        var same = reasons is [{ Length: > 0 } only] && picks.Picks.Count > 1
            ? Html.Of($"<p>All for the same reason: {only}.</p>")
            : default;
        var items = picks.Picks.Select((p, i) => Html.Of($"""
            <li>{Tile("picks", picks.Tiles, i, p.Path)}<p class="line"><b>{p.Rank:N0}</b>{Score(p.Score)}</p>
            {Name(p.Path)}{(p.Label is { } label
                ? Html.Of($"""<p class="label">labelled <bdi>{label}</bdi></p>""")
                : default)}{(same.Text is null && p.Reason is { Length: > 0 } reason
                ? Html.Of($"""<p class="reason">{reason}</p>""")
                : default)}</li>
            """)).ToList();
        var rest = items.Count > AtOnce
            ? Html.Of($"""
                <details class="rest"><summary>Show the other {items.Count - AtOnce:N0}</summary>
                <ol class="sheet" start="{AtOnce + 1}">{items.Skip(AtOnce)}</ol></details>
                """)
            : default;
        var scored = picks.Picks.Any(p => p.Score is not null) ? " and score" : "";
        return Html.Of($"""
            <p>In the order in which they were chosen, each with its rank{scored}.</p>{same}{more}
            <ol class="sheet">{items.Take(AtOnce)}</ol>{rest}
            """);

        static Html Score(double? score) =>
            score is { } s && double.IsFinite(s) ? Html.Of($"""<span title="score">{s:0.000}</span>""") : default;
    }

    private static Html Masks(ReportMasks masks) =>
        MaskReport.Panels(
            masks.Classes, masks.Names, masks.Pictures, masks.All,
            "as the network that chose them saw them, with the labels that they have now; "
            + "pixels without a label are grey" + (masks.Regions ? ". The chosen regions are framed" : ""));

    // the file and its folder; the folders above are the same for most images
    private static Html Name(string path)
    {
        var shown = path.Split('/') is [.., var folder, var name] ? $"{folder}/{name}" : path;
        return Html.Of($"""<p class="path" title="{path}"><bdi>{shown}</bdi></p>""");
    }

    private static Html Tile(string sheet, SpriteSheet? tiles, int at, string name) =>
        tiles is null || at >= tiles.Count
        ? new("""<div class="tile none"></div>""")
        : Html.Of($"""
            <div class="tile {sheet}" role="img" aria-label="{name}"
            style="background-position:{tiles.Position(at)}"></div>
            """);

    private static Html Classes(IReadOnlyList<ReportCount> classes)
    {
        var (most, all) = (Math.Max(1, classes.Max(c => c.Value)), Math.Max(1, classes.Sum(c => c.Value)));
        var rows = classes.Take(MostClasses).Select(c => Html.Of($"""
            <tr><th scope="row"><bdi>{c.Name}</bdi></th>
            <td class="bar"><span style="width:{100.0 * c.Value / most:0.##}%"></span></td>
            <td>{c.Value:N0}</td><td>{(double)c.Value / all:0.0%}</td></tr>
            """));
        var rest = classes.Count > MostClasses
            ? Html.Of($"""
                <p class="note">And {Counted.Of(classes.Count - MostClasses, "more class", "more classes")}.</p>
                """)
            : default;
        return Html.Of($"""
            <p>Labels of the pool and of the test set.</p>
            <table class="classes"><thead><tr><th scope="col">class</th><td></td><th scope="col">labels</th>
            <th scope="col">share</th></tr></thead><tbody>{rows}</tbody></table>{rest}
            """);
    }

    private static Html Unlike(ReportUnlike unlike)
    {
        var tiles = unlike.Paths.Select((path, i) => Figure("unlike", unlike.Tiles, i, path));
        return Html.Of($"""
            <p>{unlike.Words} A classifier that had not seen them distinguished them from all labelled images.</p>
            <ul class="groups"><li>{tiles.ToList()}</li></ul>
            """);
    }

    private static Html NearDuplicates(ReportGroups groups)
    {
        var at = 0;
        var rows = groups.Groups.Select(g => Html.Of(
            $"<li>{g.Select(path => Figure("groups", groups.Tiles, at++, path)).ToList()}</li>"));
        var more = groups.All > groups.Groups.Count
            ? Html.Of($" The largest {groups.Groups.Count:N0} are shown.")
            : default;
        return Html.Of($"""
            <p>{groups.Images:N0} images look alike, in {Counted.Of(groups.All, "group")}.
            A diverse batch never has two of one group.{more}</p><ul class="groups">{rows.ToList()}</ul>
            """);
    }

    private static Html Figure(string sheet, SpriteSheet? tiles, int at, string path) => Html.Of(
        $"<figure>{Tile(sheet, tiles, at, path)}<figcaption>{Name(path)}</figcaption></figure>");

    private static Html Rounds(IReadOnlyList<ReportRound> rounds)
    {
        var lines = rounds.Select(r => Html.Of($"""
            <tr><th scope="row">{r.Number}</th><td>{r.Strategy}</td><td>{r.Chosen}</td><td>{r.Labelled:N0}</td>
            <td>{r.Finished:yyyy-MM-dd HH:mm}</td><td>{r.Took.TotalMinutes:0.0}</td><td>{r.Seed}</td>
            <td class="words">{r.Note}</td></tr>
            """));
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Rounds"><table><thead><tr>
            <th scope="col">round</th><th scope="col">strategy</th><th scope="col">chosen</th>
            <th scope="col">labelled</th><th scope="col">when</th><th scope="col">minutes</th>
            <th scope="col">seed</th><th scope="col">verdict</th></tr></thead><tbody>{lines}</tbody></table></div>
            """);
    }
}
