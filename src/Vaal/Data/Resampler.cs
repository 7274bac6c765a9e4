using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vaal.Data;

/// <summary>
/// Brings a picture of any size to a small square or rectangle: separable triangle filter, as wide as the reduction asks for
/// (what Pillow and torchvision call bilinear with antialiasing). Rows stream through it, so that it needs no second
/// picture in memory.
/// </summary>
internal static class Resampler
{
    /// <param name="rgba">premultiplied RGBA, row by row; what is transparent becomes white</param>
    /// <param name="orientation">EXIF orientation, 1..8, of the rows as they are stored</param>
    /// <param name="target">receives (C, H, W)</param>
    /// <param name="seen">how many of the columns and rows the picture really fills, where its last ones hold but a part of it; null: all</param>
    public static void Resize(ReadOnlySpan<byte> rgba, int width, int height, int orientation, Span<byte> target, LoadOptions options, (double Width, double Height)? seen = null)
    {
        var (across, down) = orientation >= 5 ? (options.Target.Height, options.Target.Width) : options.Target; // as stored
        var (x, y) = Axes(width, height, seen ?? (width, height), across, down, options.Fit);
        var frame = new Vector128<float>[across * down]; // RGBA sums, as stored
        var row = new Vector128<float>[x.Length];
        var first = 0;
        for (var v = y.Start[0]; v < y.End(y.Length - 1); v++)
        {
            Squeeze(MemoryMarshal.Cast<byte, uint>(rgba.Slice(v * width * 4, width * 4)), x, row);
            while (y.End(first) <= v) first++;
            for (var i = first; i < y.Length && y.Start[i] <= v; i++)
            {
                var weight = y.Weight(i)[v - y.Start[i]];
                var sums = frame.AsSpan((y.Offset + i) * across + x.Offset, x.Length);
                for (var j = 0; j < row.Length; j++) sums[j] += row[j] * weight;
            }
        }
        Store(frame, across, down, x, y, orientation, target, options.Channels ?? 3);
    }

    /// <summary>Each pixel of the target is the one that lies under its middle: classes are not mixed.</summary>
    /// <param name="classes">(height, width)</param>
    /// <param name="target">receives (H, W); <see cref="ImageSet.Ignore"/> where there is nothing of the picture</param>
    public static void Nearest(ReadOnlySpan<byte> classes, int width, int height, Span<byte> target, LoadOptions options)
    {
        var (across, down) = options.Target;
        var (x, y) = Axes(width, height, (width, height), across, down, options.Fit);
        target.Fill(ImageSet.Ignore);
        for (var v = 0; v < y.Length; v++)
        {
            var from = classes.Slice(y.Middle(v) * width, width);
            var to = target.Slice((y.Offset + v) * across + x.Offset, x.Length);
            for (var u = 0; u < to.Length; u++) to[u] = from[x.Middle(u)];
        }
    }

    /// <summary>Where in a picture, as it is seen, the pixel (x, y) of the target comes from: its corner lies at Left + x · Across, Top + y · Down.</summary>
    public static (double Left, double Top, double Across, double Down) Origin(int width, int height, LoadOptions options)
    {
        var (across, down) = options.Target;
        var (w, h) = options.Fit == Fit.Crop ? Seen(width, height, across, down) : (width, height);
        var (barX, barY) = options.Fit == Fit.LetterBox ? (Bar(width, height, across, down), Bar(height, width, down, across)) : (0, 0);
        var (right, below) = (w / (across - 2 * barX), h / (down - 2 * barY));
        return ((width - w) / 2 - barX * right, (height - h) / 2 - barY * below, right, below);
    }

    // what a crop leaves of a picture
    private static (double Width, double Height) Seen(double width, double height, int across, int down) => (Math.Min(width, height * across / down), Math.Min(height, width * down / across));

    private static void Squeeze(ReadOnlySpan<uint> pixels, Taps x, Span<Vector128<float>> row)
    {
        for (var j = 0; j < row.Length; j++)
        {
            var sum = Vector128<float>.Zero;
            var from = pixels[x.Start[j]..];
            var weights = x.Weight(j);
            for (var k = 0; k < weights.Length; k++)
            {
                var bytes = Vector128.CreateScalar(from[k]).AsByte();
                sum += Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32()) * weights[k];
            }
            row[j] = sum;
        }
    }

    private static void Store(ReadOnlySpan<Vector128<float>> frame, int across, int down, Taps x, Taps y, int orientation, Span<byte> target, int channels)
    {
        target.Clear(); // the letter-box's bars
        var plane = across * down;
        for (var v = y.Offset; v < y.Offset + y.Length; v++)
        {
            for (var u = x.Offset; u < x.Offset + x.Length; u++)
            {
                var p = frame[v * across + u];
                var white = 255 - p[3];
                var to = Turned(u, v, across, down, orientation);
                if (channels == 1)
                {
                    target[to] = Round(0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2] + white); // Rec. 601
                    continue;
                }
                for (var c = 0; c < 3; c++) target[c * plane + to] = Round(p[c] + white);
            }
        }
    }

    /// <summary>Where the stored pixel (u, v) is seen. The frame's centre is the same before and after, so turning comes last.</summary>
    private static int Turned(int u, int v, int across, int down, int orientation)
    {
        var (right, bottom) = (across - 1 - u, down - 1 - v);
        var (column, line) = orientation switch
        {
            2 => (right, v),
            3 => (right, bottom),
            4 => (u, bottom),
            5 => (v, u),
            6 => (bottom, u),
            7 => (bottom, right),
            8 => (v, right),
            _ => (u, v),
        };
        return line * (orientation >= 5 ? down : across) + column;
    }

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    private static (Taps X, Taps Y) Axes(int width, int height, (double Width, double Height) seen, int across, int down, Fit fit)
    {
        switch (fit)
        {
            case Fit.Crop:
                var (w, h) = Seen(seen.Width, seen.Height, across, down);
                return (new(width, (seen.Width - w) / 2, w, across, 0), new(height, (seen.Height - h) / 2, h, down, 0));
            case Fit.LetterBox:
                var (barX, barY) = (Bar(seen.Width, seen.Height, across, down), Bar(seen.Height, seen.Width, down, across));
                return (new(width, 0, seen.Width, across - 2 * barX, barX), new(height, 0, seen.Height, down - 2 * barY, barY));
            default:
                return (new(width, 0, seen.Width, across, 0), new(height, 0, seen.Height, down, 0));
        }
    }

    // what stays empty on either side, where the other way is filled
    private static int Bar(double length, double other, int to, int otherTo) =>
        Math.Clamp((int)Math.Round((to - otherTo * length / other) / 2), 0, to / 2 - 1);

    /// <summary>For each of <see cref="Length"/> output pixels along one axis: which source pixels it is made of, and their weights.</summary>
    private sealed class Taps
    {
        private readonly int[] _at, _middle;
        private readonly float[] _weights;

        /// <param name="from">where in the source the first output pixel begins</param>
        /// <param name="extent">how much of the source the output pixels share</param>
        /// <param name="offset">where the first output pixel lies in the square</param>
        public Taps(int source, double from, double extent, int length, int offset)
        {
            (Length, Offset, Start, _at, _middle) = (length, offset, new int[length], new int[length + 1], new int[length]);
            var scale = extent / length;
            var support = Math.Max(scale, 1);
            var weights = new List<float>();
            for (var i = 0; i < length; i++)
            {
                var centre = from + (i + 0.5) * scale;
                _middle[i] = Math.Clamp((int)centre, 0, source - 1);
                Start[i] = Math.Max((int)(centre - support + 0.5), 0);
                var end = Math.Min((int)(centre + support + 0.5), source);
                var sum = 0.0;
                for (var j = Start[i]; j < end; j++) sum += Triangle(j);
                for (var j = Start[i]; j < end; j++) weights.Add((float)(Triangle(j) / sum));
                _at[i + 1] = weights.Count;
                double Triangle(int j) => Math.Max(0, 1 - Math.Abs((j + 0.5 - centre) / support));
            }
            _weights = [.. weights];
        }

        public int Length { get; }
        public int Offset { get; }
        public int[] Start { get; }
        public int Middle(int i) => _middle[i];
        public int End(int i) => Start[i] + _at[i + 1] - _at[i];
        public ReadOnlySpan<float> Weight(int i) => _weights.AsSpan(_at[i].._at[i + 1]);
    }
}
