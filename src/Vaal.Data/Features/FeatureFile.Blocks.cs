using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Vaal.Data.Features;

internal sealed partial class FeatureFile
{
    private void Scan(FileStream stream, CancellationToken cancel, Action<TrainEvent>? report = null)
    {
        _offsets.Clear();
        _byContent.Clear();
        _byStamp.Clear();
        stream.Position = 0;
        var header = new byte[BlocksAt];
        var read = stream.ReadAtLeast(header, BlocksAt, throwOnEndOfStream: false);
        if (read < BlocksAt)
        {
            _end = 0;                                                            // its making was stopped at once
            return;
        }
        CheckHeader(header);
        _end = BlocksAt;
        // what another process appends meanwhile is not looked at
        var (damaged, after, end) = (0, _end, stream.Length);
        var bytes = new byte[1 << 16];
        while (ReadWhole(stream, end, ref bytes, cancel) is var length and > 0)
        {
            if (_end > after) damaged++;
            Learn(bytes.AsSpan(0, length), _end);
            after = _end += length;
            report?.Invoke(new("checking features, MiB", _end >> 20, end >> 20));
        }
        // a kill tears the last block alone
        if (ReadBlock(stream, end, ref bytes) is var last and > 0 && _end + last < end) damaged++;
        if (damaged > 0)
            Note = $"{Counted.Of(damaged, "part")} of {Path} {Counted.Is(damaged)} damaged; "
                + $"{(damaged == 1 ? "its" : "their")} rows are computed again";
    }

    // it is of features, and of this encoder
    private void CheckHeader(byte[] header)
    {
        if (!header.AsSpan().StartsWith(Magic) || !SHA256.HashData(header.AsSpan(0, 48)).AsSpan()
            .SequenceEqual(header.AsSpan(48, 32)))
            throw new InputException(
                $"expected features in {Path}, found another or a damaged file; delete it, and vaal makes them again");
        if (!header.AsSpan(0, 48).SequenceEqual(Header().AsSpan(0, 48)))
            throw new InputException(
                $"expected features of the encoder {_digest[..12]} with {Dim} columns in {Path}, found those of "
                + $"{Convert.ToHexStringLower(header, 16, 6)} with "
                + $"{BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8))}; "
                + "delete it, and vaal makes them again");
    }

    // the block at _end or, if that is damaged, the next whole one, to which _end moves; 0: there is none
    private int ReadWhole(FileStream stream, long end, ref byte[] bytes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (ReadBlock(stream, end, ref bytes) is var length and > 0 && IsWhole(bytes.AsSpan(0, length))) return length;
        if (NextWhole(stream.SafeFileHandle, _end + Align, end, cancel) is not (> 0 and var next)) return 0;
        _end = next;
        return ReadBlock(stream, end, ref bytes);
    }

    // where the next whole block begins, whatever lies before it; 0: there is none
    private long NextWhole(SafeFileHandle handle, long at, long end, CancellationToken cancel)
    {
        var start = new byte[BlockHeader];
        for (; at + BlockHeader <= end; at += Align)
        {
            cancel.ThrowIfCancellationRequested();
            if (ReadAll(handle, start, at) < BlockHeader || LengthOf(start) is not (> 0 and var length)
                || at + length > end) continue;
            var block = new byte[length];
            if (ReadAll(handle, block, at) == length && IsWhole(block)) return at;
        }
        return 0;
    }

    // the block at _end, of the length that it says; 0: there is none, or the file ends before it does
    private int ReadBlock(FileStream stream, long end, ref byte[] bytes)
    {
        stream.Position = _end;
        var read = stream.ReadAtLeast(bytes.AsSpan(0, BlockHeader), BlockHeader, throwOnEndOfStream: false);
        if (read < BlockHeader) return 0;
        var length = LengthOf(bytes);
        if (length == 0) return 0;
        if (_end + length > end) return 0;
        if (bytes.Length < length) Array.Resize(ref bytes, (int)length);
        stream.ReadExactly(bytes.AsSpan(BlockHeader, (int)length - BlockHeader));
        return (int)length;
    }

    // as its first bytes say; 0: they are not those of a block
    private long LengthOf(ReadOnlySpan<byte> block)
    {
        var (rows, others) =
            (BinaryPrimitives.ReadInt32LittleEndian(block[4..]), BinaryPrimitives.ReadInt32LittleEndian(block[8..]));
        if (!block.StartsWith(BlockMagic) || rows < 0 || others < 0) return 0;
        var length = BlockHeader + ((long)rows + others) * KeyBytes + (long)rows * Dim * sizeof(ushort);
        length = (length + Align - 1) / Align * Align;
        return length > Array.MaxLength ? 0 : length;
    }

    private void Learn(ReadOnlySpan<byte> block, long at)
    {
        var (rows, others) = (BinaryPrimitives.ReadInt32LittleEndian(block[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[8..]));
        var features = at + BlockHeader + (rows + others) * KeyBytes;
        for (var i = 0; i < rows + others; i++)
        {
            var key = Read(block[(BlockHeader + i * KeyBytes)..]);
            if (i < rows)
            {
                _byContent[key.Content] = _offsets.Count;
                _offsets.Add(features + (long)i * Dim * sizeof(ushort));
            }
            if (_byContent.TryGetValue(key.Content, out var row)) _byStamp[key.Stamp] = row;
        }
    }

    private byte[] Header()
    {
        var header = new byte[BlocksAt];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Dim);
        Convert.FromHexString(_digest).CopyTo(header, 16);
        SHA256.HashData(header.AsSpan(0, 48)).CopyTo(header, 48);
        return header;
    }

    private static bool IsWhole(ReadOnlySpan<byte> block) =>
        Sum(block).AsSpan().SequenceEqual(block.Slice(16, 32));

    private static byte[] Sum(ReadOnlySpan<byte> block)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(block[..16]);
        sum.AppendData(block[BlockHeader..]);
        return sum.GetHashAndReset();
    }

    private static int Aligned(int length) => checked(length + Align - 1) / Align * Align;

    private static void Write(FeatureKey key, Span<byte> to)
    {
        BinaryPrimitives.WriteUInt128BigEndian(to, key.Content);
        BinaryPrimitives.WriteUInt128BigEndian(to[16..], key.Stamp);
    }

    private static FeatureKey Read(ReadOnlySpan<byte> from) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(from), BinaryPrimitives.ReadUInt128BigEndian(from[16..]));
}
