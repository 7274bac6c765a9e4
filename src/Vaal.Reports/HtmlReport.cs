using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vaal.Reports;

/// <summary>
/// A report as one HTML file that needs nothing else: no network (its own security policy forbids it), no server, no
/// script for reading but the map's. Whatever a file name holds stays text.
/// </summary>
internal static partial class HtmlReport
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes the page, whole or not at all.</summary>
    public static void Save(string path, ReportData data) => AtomicFile.WriteAllText(path, Render(data));

    /// <summary>Whether a file is a page of vaal's, which may be replaced.</summary>
    internal static bool IsOne(string path)
    {
        if (!RegularFile.Is(path)) return false;
        using var reader = new StreamReader(path);
        var start = new char[2_048];
        return new string(start, 0, reader.ReadBlock(start))
            .Contains("""<meta name="generator" content="Vaal">""", StringComparison.Ordinal);
    }

    public static string Render(ReportData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Assemble(
            $"{data.Title} · Vaal report", Body(data), Sheets(data) +
            (data.Masks?.Value is null && data.LearningCurve.Value is not { Classes.Count: > 0 }
                ? ""
                : MaskReport.Style), data.Map.Value is { } map ? MapJson(map) : "null", Asset("report.js"));
    }

    /// <summary>A page of its own around what is given: the style of all reports, and a policy that lets it load
    /// nothing.</summary>
    internal static string Assemble(string title, Html body, string style, string data = "null", string script = "")
    {
        var parts = new Dictionary<string, string>
        {
            ["policy"] =
                $"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src " +
                $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'",
            ["title"] = Html.Escape(title),
            ["style"] = Asset("report.css") + style,
            ["body"] = body.Text,
            ["data"] = data,
            ["script"] = script,
        };
        var page = new StringBuilder();
        // the template is cut first: a value that holds '{{body}}' is not looked at again
        foreach (var (i, piece) in Asset("report.html").Split("{{").Index())
        {
            var end = piece.IndexOf("}}", StringComparison.Ordinal);
            page.Append(i == 0 ? piece : parts[piece[..end]] + piece[(end + 2)..]);
        }
        return page.ToString();
    }

    private static string Asset(string name)
    {
        using var stream = typeof(HtmlReport)
            .Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        // the policy's hash is of exactly this
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    // each sheet stands in the page once, as the background of a class
    private static string Sheets(ReportData data) => string.Concat(
        from sheet in new (
            string Class, SpriteSheet? Tiles)[] { ("picks", data.Picks.Value?.Tiles), ("points", data.Map.Value?.Tiles),
            ("groups", data.NearDuplicates.Value?.Tiles), ("unlike", data.Unlike?.Tiles) }
        where sheet.Tiles is not null
        let picture = Convert.ToBase64String(sheet.Tiles.Image)
        select $".tile.{sheet.Class}{{background-image:url(data:image/webp;base64,{picture});"
            + $"background-size:{100 * sheet.Tiles.Columns}% {100 * sheet.Tiles.Rows}%}}\n");

    /// <summary>Columns of numbers rather than an object a point; every character that means something to HTML is
    /// escaped.</summary>
    private static string MapJson(ReportMap map) => JsonSerializer.Serialize(new
    {
        x = map.Points.Select(p => Rounded(p.X)),
        y = map.Points.Select(p => Rounded(p.Y)),
        kind = map.Points.Select(p => (int)p.Kind),
        score = map.Points.Select(p => p.Score is { } s && double.IsFinite(s) ? Math.Round(s, 3) : (double?)null),
        rank = map.Points.Select(p => p.Rank ?? 0),
        path = map.Points.Select(p => p.Path),
        columns = map.Tiles?.Columns ?? 0,
        rows = map.Tiles?.Rows ?? 0,
    });

    private static decimal Rounded(float value) =>
        float.IsFinite(value) && Math.Abs(value) < 1e9 ? Math.Round((decimal)value, 4) : 0;
}
