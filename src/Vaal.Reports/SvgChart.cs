using System.Globalization;
using Vaal.Records;

namespace Vaal.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Style">CSS class that gives it its colour: <c>a</c> … <c>d</c></param>
/// <param name="Band">95% intervals, one a point; null: none</param>
internal sealed record SvgLine(
    string Name, string Style, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<Interval>? Band = null);

/// <summary>Charts as inline SVG whose colours follow the page's style sheet, light or dark.</summary>
internal static class SvgChart
{
    private const int Left = 46, Right = 14, Top = 12, Bottom = 40;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Two distributions as shares of their own number, so that a thousand compares with ten.</summary>
    public static Html Histogram(ScoreHistogram h, int width, int height, string description)
    {
        var (labelled, unlabelled) = (Shares(h.Labelled), Shares(h.Unlabelled));
        var frame =
            new Frame(width, height, h.Low, h.High, 0, 1.05 * Math.Max(1e-9, labelled.Concat(unlabelled).Max()));
        Html Steps(double[] shares, string style)
        {
            var step = (h.High - h.Low) / shares.Length;
            var line = string.Join(
                " ", shares.Select(
                    (s, i) =>
                        $"L{Number(frame.X(h.Low + i * step))} " +
                        $"{Number(frame.Y(s))}H{Number(frame.X(h.Low + (i + 1) * step))}"));
            var (left, right, floor) = (Number(frame.X(h.Low)), Number(frame.X(h.High)), Number(frame.Y(0)));
            return Html.Of($"""<path class="area {style}" d="M{left} {floor}{line}L{right} {floor}Z"/>""");
        }
        return frame.Draw(
            description, Html.Of($"{Steps(unlabelled, "u")}{Steps(labelled, "l")}"),
            Ticks(h.Low, h.High, width < 500 ? 4 : 8), Ticks(0, frame.HighY, 6),
            v => v.ToString("0.##", Invariant), v => v.ToString("0.#%", Invariant),
            "score: a higher score looks less like a labelled image");
    }

    /// <summary>Lines with their bands; points that are no numbers are left out.</summary>
    /// <param name="most">the greatest value that there can be: the axis ends there at the latest</param>
    public static Html Lines(
        IReadOnlyList<SvgLine> lines, int width, int height, string description, string axis,
        Func<double, string> format, bool dots = false, double most = double.PositiveInfinity)
    {
        var xs = lines.SelectMany(l => l.X).ToList();
        var ys = lines.SelectMany(l => l.Y.Concat((l.Band ?? []).SelectMany(b => new[] { b.Low, b.High })))
            .Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (low, high) = (ys.Min(), ys.Max());
        var pad = high > low ? 0.06 * (high - low) : Math.Max(0.5 * Math.Abs(high), 1e-6);
        var single = xs.Max() == xs.Min();
        var margin = single ? 1 : dots ? 0.03 * (xs.Max() - xs.Min()) : 0;
        var frame = new Frame(
            width, height, xs.Min() - margin, Math.Max(xs.Max() + margin, xs.Min() - margin + 1e-9),
            low >= 0 ? Math.Max(0, low - pad) : low - pad, Math.Max(high, Math.Min(high + pad, most)));
        return frame.Draw(
            description, Html.Join(lines.Select(l => Line(l, frame, dots ? format : null))),
            single ? [xs[0]] : Ticks(frame.LowX, frame.HighX, width < 500 ? 4 : 7),
            Ticks(frame.LowY, frame.HighY, height < 200 ? 3 : 5),
            v => v.ToString("#,0.##", Invariant), format, axis);
    }

    /// <param name="format">of the values that a dot shows; null: no dots</param>
    private static Html Line(SvgLine l, Frame frame, Func<double, string>? format)
    {
        var points = Enumerable.Range(0, l.X.Count).Where(i => double.IsFinite(l.Y[i])).ToList();
        var banded = points.Where(i => l.Band is { } b && double.IsFinite(b[i].Low + b[i].High)).ToList();
        var upper = banded.Select(i => $"{X(i)} {Y(l.Band![i].High)}");
        var lower = banded.AsEnumerable().Reverse().Select(i => $"{X(i)} {Y(l.Band![i].Low)}");
        var area = string.Join("L", upper.Concat(lower));
        var line = string.Join("L", points.Select(i => $"{X(i)} {Y(l.Y[i])}"));
        var band = banded.Count > 1 ? Html.Of($"""<path class="band {l.Style}" d="M{area}Z"/>""") : default;
        var curve = Html.Of($"""{band}<path class="line {l.Style}" d="M{line}"/>""");
        if (format is null) return curve;
        var bars = banded.Select(i => Html.Of(
            $"""<path class="line {l.Style}" d="M{X(i)} {Y(l.Band![i].Low)}V{Y(l.Band![i].High)}"/>"""));
        var marks = points.Select(i => Html.Of($"""
            <circle class="dot {l.Style}" cx="{X(i)}" cy="{Y(l.Y[i])}" r="4">
            <title>{l.X[i]:N0}: {format(l.Y[i])}</title></circle>
            """));
        return Html.Of($"{curve}{bars}{marks}");

        string X(int i) => Number(frame.X(l.X[i]));

        string Y(double value) => Number(frame.Y(value));
    }

    /// <summary>Round numbers inside a range, about so many: steps of 1, 2 or 5 times a power of ten.</summary>
    internal static double[] Ticks(double low, double high, int about)
    {
        if (!(high > low)) return [low];
        var rough = (high - low) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * new[] { 1, 2, 5, 10 }.First(m => m * power >= rough * 0.999);
        var first = Math.Ceiling(low / step - 1e-9);
        return [.. Enumerable.Range(0, (int)Math.Floor(high / step - first + 1e-9) + 1)
            .Select(i => (first + i) * step)];
    }

    private static double[] Shares(IReadOnlyList<int> counts)
    {
        var all = Math.Max(1.0, counts.Sum(c => (long)c));
        return [.. counts.Select(c => c / all)];
    }

    private static string Number(double value) => value.ToString("0.#", Invariant);

    /// <summary>The axes: data to pixels.</summary>
    private sealed record Frame(int Width, int Height, double LowX, double HighX, double LowY, double HighY)
    {
        public double X(double value) => Left + (Width - Left - Right) * (value - LowX) / (HighX - LowX);

        public double Y(double value) => Height - Bottom - (Height - Top - Bottom) * (value - LowY) / (HighY - LowY);

        public Html Draw(
            string description, Html data, double[] xTicks, double[] yTicks,
            Func<double, string> xFormat, Func<double, string> yFormat, string axis)
        {
            var floor = Height - Bottom;
            var grid = yTicks.Select(t => Html.Of($"""
                <path class="grid" d="M{Left} {Number(Y(t))}H{Width - Right}"/>
                <text x="{Left - 8}" y="{Number(Y(t) + 4)}" text-anchor="end">{yFormat(t)}</text>
                """));
            var marks = xTicks.Select(t => Html.Of($"""
                <path class="axis" d="M{Number(X(t))} {floor}v4"/>
                <text x="{Number(X(t))}" y="{floor + 18}" text-anchor="middle">{xFormat(t)}</text>
                """));
            return Html.Of($"""
                <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{description}">{grid}{data}
                <path class="axis" d="M{Left} {floor}H{Width - Right}"/>{marks}
                <text x="{(Left + Width - Right) / 2}" y="{Height - 5}" text-anchor="middle">{axis}</text></svg>
                """);
        }
    }
}
