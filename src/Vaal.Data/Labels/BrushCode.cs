namespace Vaal.Data.Labels;

/// <summary>
/// Label Studio's code for brush strokes: the bits of an RGBA picture, row by row, of which only alpha counts. Head: 32
/// bits how many values, 5 bits their width - 1, four times 4 bits the widths - 1 of run lengths. Then: 1 bit whether
/// one value is repeated, 2 bits which width, the run length - 1, and the value or the values.
/// </summary>
internal static class BrushCode
{
    private static readonly int[] LengthBits = [3, 4, 8, 16];

    /// <summary>Run lengths of the mask, row by row, background first.</summary>
    public static int[] Decode(ReadOnlySpan<byte> code, int width, int height, RunBudget budget)
    {
        Rle.CheckSize(width, height);
        var bits = new BitReader(code);
        var runs = new RunWriter();
        var count = (long)bits.Read(32);
        if (count != 4L * width * height)
            throw new MalformedEntryException(
                $"the brush holds {count} values; {width} x {height} pixels have {4L * width * height}");
        var valueBits = (int)bits.Read(5) + 1;
        Span<int> lengthBits = stackalloc int[4];
        foreach (ref var length in lengthBits) length = (int)bits.Read(4) + 1;
        for (long at = 0; at < count;)
        {
            var repeated = bits.Read(1) == 1;
            var end = at + 1 + bits.Read(lengthBits[(int)bits.Read(2)]);
            if (end > count) throw new MalformedEntryException("a run of the brush reaches out of the image");
            budget.Take(1);
            if (repeated)
            {
                runs.Add(bits.Read(valueBits) > 0, (int)(end / 4 - at / 4));      // alpha is every fourth value
                at = end;
            }
            for (; at < end; at++)
            {
                var value = bits.Read(valueBits);
                if (at % 4 == 3) runs.Add(value > 0, 1);
            }
        }
        return runs.ToArray();
    }

    public static byte[] Encode(IReadOnlyList<int> runs)
    {
        var bits = new BitWriter();
        bits.Write((uint)(4 * runs.Sum(n => (long)n)), 32);
        bits.Write(8 - 1, 5);
        foreach (var length in LengthBits) bits.Write((uint)length - 1, 4);
        for (var i = 0; i < runs.Count; i++)
            for (var left = 4L * runs[i]; left > 0;)
            {
                var part = (uint)Math.Min(left, 1 << 16);
                var size = Array.FindIndex(LengthBits, b => part <= 1u << b);
                bits.Write(1, 1);
                bits.Write((uint)size, 2);
                bits.Write(part - 1, LengthBits[size]);
                bits.Write(i % 2 == 1 ? 255u : 0, 8);
                left -= part;
            }
        return bits.ToArray();
    }

    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private long _at;

        public uint Read(int bits)
        {
            if (_at + bits > _bytes.Length * 8L) throw new MalformedEntryException("the brush ends too early");
            var value = 0u;
            for (; bits > 0; bits--, _at++)
                value = value << 1 | (uint)(_bytes[(int)(_at >> 3)] >> (int)(7 - (_at & 7)) & 1);
            return value;
        }
    }

    private sealed class BitWriter
    {
        private readonly List<byte> _bytes = [];
        private int _free;

        public void Write(uint value, int bits)
        {
            while (bits-- > 0)
            {
                if (_free == 0) _bytes.Add(0);
                _free = (_free + 7) % 8;
                _bytes[^1] |= (byte)((value >> bits & 1) << _free);
            }
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
