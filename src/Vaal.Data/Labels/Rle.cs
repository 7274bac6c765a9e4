using System.Numerics;

namespace Vaal.Data.Labels;

/// <summary>Run-length codes of masks: checks, COCO's column order and text form, CVAT's crop.</summary>
internal static class Rle
{
    public const int MaxSide = 1 << 16;
    public const int MaxPixels = 100_000_000;

    /// <summary>Checks a stated size before memory is taken for it.</summary>
    public static void CheckSize(long width, long height)
    {
        if (width is < 1 or > MaxSide || height is < 1 or > MaxSide || width * height > MaxPixels)
            throw new MalformedEntryException(
                $"a mask of {width} x {height} pixels; at most {MaxSide} a side and {MaxPixels:N0} in all are read");
    }

    /// <summary>Run lengths that are all in range and fill the image exactly; empty runs are joined away.</summary>
    public static int[] Checked(IEnumerable<long> runs, int width, int height)
    {
        CheckSize(width, height);
        var (writer, sum, inside) = (new RunWriter(), 0L, false);
        foreach (var run in runs)
        {
            if (run < 0 || (sum += run) > (long)width * height)
                throw new MalformedEntryException($"run lengths do not fit a mask of {width} x {height} pixels");
            writer.Add(inside, (int)run);
            inside = !inside;
        }
        if (sum != (long)width * height)
            throw new MalformedEntryException(
                $"run lengths add up to {sum}, not to the {width} x {height} pixels of the mask");
        return writer.ToArray();
    }

    /// <summary>
    /// Runs along lines of <paramref name="length"/> pixels become runs across them; its own inverse with the two
    /// numbers swapped. The cost goes with the runs, not with the pixels: a few bytes may describe 10^8 pixels.
    /// </summary>
    public static int[] Transpose(IReadOnlyList<int> runs, int length, int lines, RunBudget budget)
    {
        var toggles = Toggles(runs, length, budget);
        var row = new ulong[(lines + 63) / 64];
        var (writer, from, intervals) = (new RunWriter(), 0, new List<(int Start, int Length)>());
        for (var i = 0; i < toggles.Length;)
        {
            var at = (int)(toggles[i] >> 32);
            Repeat(writer, intervals, lines, at - from, budget);
            for (; i < toggles.Length && (int)(toggles[i] >> 32) == at; i++)
                row[(int)toggles[i] >> 6] ^= 1UL << ((int)toggles[i] & 63);
            Intervals(row, lines, intervals);
            budget.Take(row.Length);
            from = at;
        }
        Repeat(writer, intervals, lines, length - from, budget);
        return writer.ToArray();
    }

    /// <summary>Where along a line (high half) which line (low half) enters or leaves the region, in order.</summary>
    private static long[] Toggles(IReadOnlyList<int> runs, int length, RunBudget budget)
    {
        var toggles = new List<long>();
        for (int i = 0, at = 0; i < runs.Count; at += runs[i++])
        {
            if (i % 2 == 0) continue;
            for (int start = at, end = at + runs[i]; start < end;)
            {
                var line = start / length;
                var stop = Math.Min(end, (line + 1) * length);
                toggles.Add((long)(start - line * length) << 32 | (uint)line);
                if (stop - line * length < length) toggles.Add((long)(stop - line * length) << 32 | (uint)line);
                budget.Take(2);
                start = stop;
            }
        }
        var sorted = toggles.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    private static void Intervals(ulong[] row, int length, List<(int Start, int Length)> intervals)
    {
        intervals.Clear();
        for (var at = Next(row, 0, length, set: true); at < length;)
        {
            var end = Next(row, at, length, set: false);
            intervals.Add((at, end - at));
            at = Next(row, end, length, set: true);
        }
    }

    private static int Next(ulong[] row, int from, int length, bool set)
    {
        for (var at = from; at < length; at = (at | 63) + 1)
        {
            var word = (set ? row[at >> 6] : ~row[at >> 6]) >> (at & 63);
            if (word != 0) return Math.Min(length, at + BitOperations.TrailingZeroCount(word));
        }
        return length;
    }

    private static void Repeat(RunWriter writer, List<(int Start, int Length)> intervals, int width, int rows,
        RunBudget budget)
    {
        if (intervals.Count == 0 || intervals[0].Length == width)
        {
            writer.Add(intervals.Count > 0, width * rows);
            return;
        }
        for (var y = 0; y < rows; y++)
        {
            budget.Take(2 * intervals.Count);
            var at = 0;
            foreach (var (start, length) in intervals)
            {
                writer.Add(false, start - at);
                writer.Add(true, length);
                at = start + length;
            }
            writer.Add(false, width - at);
        }
    }

    /// <summary>COCO's text form of run lengths: 5 bits a character from '0' on, low bits first, bit 5 says that more
    /// follow; from the fourth length on, the difference to the length two before.</summary>
    public static List<long> ParseCounts(string text)
    {
        var counts = new List<long>();
        for (var at = 0; at < text.Length;)
        {
            var (value, shift, more) = (0L, 0, true);
            while (more)
            {
                var bits = at < text.Length ? text[at++] - '0' : -1;
                if (bits is < 0 or > 63 || shift > 30)
                    throw new MalformedEntryException("the compressed run lengths are damaged");
                value |= (long)(bits & 31) << shift;
                shift += 5;
                more = (bits & 32) != 0;
                if (!more && (bits & 16) != 0) value |= -1L << shift;
            }
            counts.Add(counts.Count > 2 ? value + counts[^2] : value);
        }
        return counts;
    }

    public static string FormatCounts(IReadOnlyList<int> counts)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < counts.Count; i++)
        {
            var value = i > 2 ? counts[i] - counts[i - 2] : counts[i];
            for (var more = true; more;)
            {
                var bits = value & 31;
                value >>= 5;
                more = (bits & 16) != 0 ? value != -1 : value != 0;
                text.Append((char)('0' + (more ? bits | 32 : bits)));
            }
        }
        return text.ToString();
    }

    /// <summary>Run lengths of a cut-out (CVAT) become run lengths of the whole image.</summary>
    public static int[] Uncrop(int[] runs, (int Left, int Top, int Width, int Height) crop, int width, int height,
        RunBudget budget)
    {
        CheckSize(width, height);
        if (crop.Left < 0 || crop.Top < 0 || (long)crop.Left + crop.Width > width
            || (long)crop.Top + crop.Height > height)
            throw new MalformedEntryException($"the mask reaches out of the image of {width} x {height} pixels");
        var (writer, x) = (new RunWriter(), 0);
        writer.Add(false, crop.Top * width + crop.Left);
        for (var i = 0; i < runs.Length; i++)
        {
            for (var left = runs[i]; left > 0;)
            {
                budget.Take(1);
                if (x == crop.Width)
                {
                    writer.Add(false, width - crop.Width);
                    x = 0;
                }
                var part = Math.Min(left, crop.Width - x);
                writer.Add(i % 2 == 1, part);
                (x, left) = (x + part, left - part);
            }
        }
        writer.Add(false, width - crop.Left - crop.Width + (height - crop.Top - crop.Height) * width);
        return writer.ToArray();
    }
}

/// <summary>Collects run lengths, background first, joining neighbours of one kind.</summary>
internal sealed class RunWriter
{
    private readonly List<int> _runs = [];

    public void Add(bool inside, int length)
    {
        if (length == 0) return;
        if (_runs.Count == 0 && inside) _runs.Add(0);
        if (_runs.Count > 0 && _runs.Count % 2 == 0 == inside) _runs[^1] += length;
        else _runs.Add(length);
    }

    public int[] ToArray() => [.. _runs];
}

/// <summary>
/// How many run lengths the masks of one import may take: a small file can describe masks without end.
/// A step costs some 5 ns and at most 4 bytes.
/// </summary>
internal sealed class RunBudget(long steps = 100_000_000)
{
    public void Take(long taken)
    {
        if ((steps -= taken) < 0)
            throw new InputException("the masks are too large or too many for one import; split the file");
    }
}
