using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vaal.Data;

/// <summary>
/// Brings a picture of any size to a small square or rectangle: separable triangle filter, as wide as the reduction
/// asks for (what Pillow and torchvision call bilinear with antialiasing). Down first, over whole rows: that is where
/// the pixels are many, and neighbours in memory.
/// </summary>
internal static class Resampler
{
    /// <param name="rgba">premultiplied RGBA, row by row; what is transparent becomes white</param>
    /// <param name="orientation">EXIF orientation, 1..8, of the rows as they are stored</param>
    /// <param name="target">receives (C, H, W)</param>
    /// <param name="seen">how many of the columns and rows the picture really fills, where its last ones hold but a
    /// part of it; null: all</param>
    public static void Resize(
        ReadOnlySpan<byte> rgba, int width, int height, int orientation, Span<byte> target, LoadOptions options,
        (double Width, double Height)? seen = null)
    {
        // as stored
        var (across, down) = orientation >= 5 ? (options.Target.Height, options.Target.Width) : options.Target;
        var (x, y) = Axes(width, height, seen ?? (width, height), across, down, options.Fit);
        // what a crop leaves of the columns
        var (left, right) = (x.Start[0], x.End(x.Length - 1));
        var line = new float[4 * (right - left)];
        target.Clear();                                                              // the letter-box's bars
        for (var v = 0; v < y.Length; v++)
        {
            line.AsSpan().Clear();
            var weights = y.Weight(v);
            for (var k = 0; k < weights.Length; k++)
                Add(rgba.Slice(4 * ((y.Start[v] + k) * width + left), line.Length), weights[k], line);
            Squeeze(line, left, x, v + y.Offset, (across, down), orientation, target, options.Channels ?? 3);
        }
    }

    /// <summary>Each pixel of the target is the one that lies under its middle: classes are not mixed.</summary>
    /// <param name="classes">(height, width)</param>
    /// <param name="target">receives (H, W); <see cref="ImageSet.Ignore"/> where there is nothing of the
    /// picture</param>
    public static void Nearest(
        ReadOnlySpan<byte> classes, int width, int height, Span<byte> target, LoadOptions options)
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

    /// <summary>Where in a picture, as it is seen, the pixel (x, y) of the target comes from: its corner lies at Left +
    /// x · Across, Top + y · Down.</summary>
    public static (double Left, double Top, double Across, double Down) Origin(
        int width, int height, LoadOptions options)
    {
        var (across, down) = options.Target;
        var (w, h) = options.Fit == Fit.Crop ? Seen(width, height, across, down) : (width, height);
        var (barX, barY) = options.Fit == Fit.LetterBox
            ? (Bar(width, height, across, down), Bar(height, width, down, across))
            : (0, 0);
        var (right, below) = (w / (across - 2 * barX), h / (down - 2 * barY));
        return ((width - w) / 2 - barX * right, (height - h) / 2 - barY * below, right, below);
    }

    // what a crop leaves of a picture
    private static (double Width, double Height) Seen(double width, double height, int across, int down) =>
        (Math.Min(width, height * across / down), Math.Min(height, width * down / across));

    // sums += weight · bytes
    private static void Add(ReadOnlySpan<byte> bytes, float weight, Span<float> sums)
    {
        var i = 0;
        var by = new Vector<float>(weight);
        for (; i <= sums.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[i..]), out var low, out var high);
            var to = sums[i..];
            AddFour(low, to);
            AddFour(high, to[(2 * Vector<float>.Count)..]);
        }
        for (; i < sums.Length; i++) sums[i] += weight * bytes[i];

        void AddFour(Vector<ushort> values, Span<float> to)
        {
            Vector.Widen(values, out var low, out var high);
            var next = to[Vector<float>.Count..];
            (new Vector<float>(to) + by * Vector.ConvertToSingle(Vector.AsVectorInt32(low))).CopyTo(to);
            (new Vector<float>(next) + by * Vector.ConvertToSingle(Vector.AsVectorInt32(high))).CopyTo(next);
        }
    }

    // one row of sums, which begins at column left, as the stored row v of the target
    private static void Squeeze(
        ReadOnlySpan<float> line, int left, Taps x, int v, (int Across, int Down) stored, int orientation,
        Span<byte> target, int channels)
    {
        var pixels = MemoryMarshal.Cast<float, Vector128<float>>(line);              // RGBA
        var plane = stored.Across * stored.Down;
        for (var u = 0; u < x.Length; u++)
        {
            var p = Vector128<float>.Zero;
            var from = pixels[(x.Start[u] - left)..];
            var weights = x.Weight(u);
            for (var k = 0; k < weights.Length; k++) p += from[k] * weights[k];
            var white = 255 - p[3];
            var to = Turned(u + x.Offset, v, stored.Across, stored.Down, orientation);
            if (channels == 1) target[to] = Round(0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2] + white); // Rec. 601
            else for (var c = 0; c < 3; c++) target[c * plane + to] = Round(p[c] + white);
        }
    }

    /// <summary>Where the stored pixel (u, v) is seen. The frame's centre is the same before and after, so turning
    /// comes last.</summary>
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

    private static (Taps X, Taps Y) Axes(
        int width, int height, (double Width, double Height) seen, int across, int down, Fit fit)
    {
        switch (fit)
        {
            case Fit.Crop:
                var (w, h) = Seen(seen.Width, seen.Height, across, down);
                return (new(width, (seen.Width - w) / 2, w, across, 0), new(height, (seen.Height - h) / 2, h, down, 0));
            case Fit.LetterBox:
                var (barX, barY) =
                    (Bar(seen.Width, seen.Height, across, down), Bar(seen.Height, seen.Width, down, across));
                return (new(width, 0, seen.Width, across - 2 * barX, barX),
                    new(height, 0, seen.Height, down - 2 * barY, barY));
            default:
                return (new(width, 0, seen.Width, across, 0), new(height, 0, seen.Height, down, 0));
        }
    }

    // what stays empty on either side, where the other way is filled
    private static int Bar(double length, double other, int to, int otherTo) =>
        Math.Clamp((int)Math.Round((to - otherTo * length / other) / 2), 0, to / 2 - 1);

    /// <summary>For each of <see cref="Length"/> output pixels along one axis: which source pixels it is made of, and
    /// their weights.</summary>
    private sealed class Taps
    {
        private readonly int[] _at, _middle;
        private readonly float[] _weights;

        /// <param name="from">where in the source the first output pixel begins</param>
        /// <param name="extent">how much of the source the output pixels share</param>
        /// <param name="offset">where the first output pixel lies in the square</param>
        public Taps(int source, double from, double extent, int length, int offset)
        {
            (Length, Offset, Start, _at, _middle) =
                (length, offset, new int[length], new int[length + 1], new int[length]);
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
