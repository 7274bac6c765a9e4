using System.Buffers.Binary;

namespace Vaal.Data.Labels;

/// <summary>
/// Walks a Parquet file's footer before the parser does: over a damaged one the parser may turn in circles for ever.
/// Thrift's compact protocol: nothing in it may be longer than what is left, and the columns must make one tree.
/// </summary>
internal static class ParquetFooter
{
    private const int MaxDepth = 24;

    /// <summary>Whether the footer is whole.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file[..4].SequenceEqual("PAR1"u8) || !file[^4..].SequenceEqual("PAR1"u8)) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(file[^8..]);
        if (length < 1 || length > file.Length - 12) return false;
        var walk = new Walk(file.Slice(file.Length - 8 - length, length));
        return walk.Struct(0) && walk.IsOneTree;
    }

    private ref struct Walk(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _left = bytes;
        private int _columns;
        private long _children;

        /// <summary>Every column but the root is the child of one other.</summary>
        public readonly bool IsOneTree => _columns > 0 && _children == _columns - 1;

        /// <param name="inSchema">the struct is an element of the file's list 2, the columns</param>
        public bool Struct(int depth, bool inSchema = false)
        {
            if (depth > MaxDepth) return false;
            if (inSchema) _columns++;
            for (long field = 0; ;)
            {
                if (!Byte(out var head)) return false;
                if (head == 0) return true;
                if (head >> 4 != 0) field += head >> 4;
                else if (!Varint(out field)) return false;
                else field = ZigZag(field);
                if (inSchema && field == 5 && (head & 15) == 5)
                {
                    if (!Varint(out var children) || ZigZag(children) is < 0 or > int.MaxValue) return false;
                    _children += ZigZag(children);
                }
                else if (!Value(head & 15, depth, inStruct: true, isSchema: depth == 0 && field == 2)) return false;
            }
        }

        private bool Value(int type, int depth, bool inStruct, bool isSchema = false) => type switch
        {
            1 or 2 => inStruct || Skip(1),                       // in a field the type is the truth value
            3 => Skip(1),
            4 or 5 or 6 => Varint(out _),
            7 => Skip(8),
            8 => Varint(out var length) && Skip(length),
            9 or 10 => List(depth + 1, isSchema),
            11 => Map(depth + 1),
            12 => Struct(depth + 1),
            _ => false,
        };

        private bool List(int depth, bool isSchema)
        {
            if (depth > MaxDepth || !Byte(out var head)) return false;
            long count = head >> 4;
            if (count == 15 && !Varint(out count) || count < 0 || count > _left.Length) return false;
            for (var i = 0; i < count; i++)
                if (!(isSchema ? (head & 15) == 12 && Struct(depth, inSchema: true)
                    : Value(head & 15, depth, inStruct: false))) return false;
            return true;
        }

        private bool Map(int depth)
        {
            if (depth > MaxDepth || !Varint(out var count) || count < 0 || count > _left.Length) return false;
            if (count == 0) return true;
            if (!Byte(out var types)) return false;
            for (var i = 0; i < count; i++)
                if (!Value(types >> 4, depth, inStruct: false) || !Value(types & 15, depth, inStruct: false))
                    return false;
            return true;
        }

        private bool Varint(out long value)
        {
            value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (!Byte(out var part)) return false;
                value |= (long)(part & 127) << shift;
                if (part < 128) return true;
            }
            return false;
        }

        private bool Byte(out int value)
        {
            value = _left.IsEmpty ? 0 : _left[0];
            return Skip(1);
        }

        private bool Skip(long count)
        {
            if (count < 0 || count > _left.Length) return false;
            _left = _left[(int)count..];
            return true;
        }

        private static long ZigZag(long value) => (long)((ulong)value >> 1) ^ -(value & 1);
    }
}
