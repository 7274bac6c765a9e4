using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Work;

/// <summary>The features of a shard's images.</summary>
/// <param name="Contents">first half of the SHA-256 of each image's bytes; 0: they could not be read</param>
/// <param name="Has">whether an image has features</param>
/// <param name="Rows">(n, F), float16; zeros where an image has none</param>
/// <param name="Problems">why an image has none, by its place in the shard</param>
internal sealed record ShardRows(UInt128[] Contents, bool[] Has, Half[] Rows,
    IReadOnlyDictionary<int, string> Problems)
{
    public int Count => Contents.Length;

    public int Dim => Count == 0 ? 0 : Rows.Length / Count;

    public ReadOnlySpan<Half> Row(int image) => Rows.AsSpan(image * Dim, Dim);
}

/// <summary>What the beginning of such a file says: enough for the mean of the pool.</summary>
/// <param name="Sum">of the rows, added in their order in float64</param>
internal sealed record RowHead(int Count, int Dim, int WithFeatures, double[] Sum);

/// <summary>
/// Features of a shard in a file. Little-endian, in the frame of <see cref="SealedBytes"/>:
/// <code>
/// n, F, images with features (int32); digest of the encoder (32 bytes); F × float64, the sum of the rows;
/// SHA-256 of all that; n × F float16; n × content (16 bytes); n × 0 or 1; problems
/// </code>
/// </summary>
internal static class RowFile
{
    private const string Magic = "VAALROW1";
    private const int Letters = 8, Digest = 32, Content = 16;

    public static byte[] Pack(ShardRows shard, string encoder)
    {
        var (sum, dim) = (new double[shard.Dim], shard.Dim);
        for (var i = 0; i < shard.Count; i++)
            if (shard.Has[i]) Add(sum, shard.Row(i));
        using var head = new MemoryStream();
        using (var writer = new BinaryWriter(head, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(shard.Count);
            writer.Write(dim);
            writer.Write(shard.Has.Count(h => h));
            writer.Write(Convert.FromHexString(encoder));
            foreach (var s in sum) writer.Write(s);
        }
        return SealedBytes.Pack(Magic, to =>
        {
            to.Write(head.ToArray());
            to.Write(SHA256.HashData(head.ToArray()));
            to.Write(MemoryMarshal.AsBytes(shard.Rows.AsSpan()));
            foreach (var content in shard.Contents)
            {
                to.Write((ulong)(content >> 64));
                to.Write((ulong)content);
            }
            foreach (var has in shard.Has) to.Write(has);
            to.Write(shard.Problems.Count);
            foreach (var (image, problem) in shard.Problems.OrderBy(p => p.Key))
            {
                to.Write(image);
                to.Write(problem);
            }
        });
    }

    public static ShardRows Read(byte[] bytes, string name)
    {
        using var from = SealedBytes.Open(bytes, Magic, name);
        var (count, dim) = (from.ReadInt32(), from.ReadInt32());
        from.BaseStream.Position = HeadBytes(dim) - Letters;
        var rows = new Half[count * dim];
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan()));
        UInt128[] contents = [.. Enumerable.Range(0, count)
            .Select(_ => new UInt128(from.ReadUInt64(), from.ReadUInt64()))];
        bool[] has = [.. Enumerable.Range(0, count).Select(_ => from.ReadBoolean())];
        var problems = new SortedDictionary<int, string>();
        for (var left = from.ReadInt32(); left > 0; left--) problems.Add(from.ReadInt32(), from.ReadString());
        return new(contents, has, rows, problems);
    }

    /// <param name="dim">F</param>
    public static RowHead ReadHead(OutputStore store, string name, int dim)
    {
        var bytes = store.Read(name, 0, (int)HeadBytes(dim));
        var head = bytes.AsSpan(Letters, bytes.Length - Letters - Digest);
        if (!SHA256.HashData(head).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - Digest)))
            throw new InputException($"{store.Address}/{name} is damaged; delete it and submit the job again");
        using var from = new BinaryReader(new MemoryStream(head.ToArray()));
        var (count, width, with) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
        from.ReadBytes(Digest);
        return new(count, width, with, [.. Enumerable.Range(0, width).Select(_ => from.ReadDouble())]);
    }

    /// <summary>One image's row, without the rest of the file and so without its sum; null: it has none.</summary>
    /// <param name="count">n</param>
    public static Half[]? ReadRow(OutputStore store, string name, int image, int count, int dim)
    {
        var rowBytes = dim * sizeof(ushort);
        var hasAt = HeadBytes(dim) + (long)count * (rowBytes + Content) + image;
        if (store.Read(name, hasAt, 1)[0] == 0) return null;
        var row = new Half[dim];
        store.Read(name, HeadBytes(dim) + (long)image * rowBytes, rowBytes)
            .CopyTo(MemoryMarshal.AsBytes(row.AsSpan()));
        return row;
    }

    private static long HeadBytes(int dim) => Letters + 3 * sizeof(int) + Digest + dim * sizeof(double) + Digest;

    private static void Add(double[] sum, ReadOnlySpan<Half> row)
    {
        for (var k = 0; k < sum.Length; k++) sum[k] += (double)row[k];
    }
}
