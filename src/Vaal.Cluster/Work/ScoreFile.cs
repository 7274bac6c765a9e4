using System.Runtime.InteropServices;
using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Work;

/// <summary>Scores of a shard's images, or the shard's candidates for a coverage strategy, in a file.</summary>
internal static class ScoreFile
{
    private const string ScoresMagic = "VAALSCO1", CandidatesMagic = "VAALCAN1";

    /// <param name="scores">NaN: the image has a label, or no features</param>
    public static byte[] PackScores(float[] scores) => SealedBytes.Pack(ScoresMagic, to =>
    {
        to.Write(scores.Length);
        to.Write(MemoryMarshal.AsBytes(scores.AsSpan()));
    });

    public static float[] ReadScores(byte[] bytes, string name)
    {
        using var from = SealedBytes.Open(bytes, ScoresMagic, name);
        var scores = new float[from.ReadInt32()];
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(scores.AsSpan()));
        return scores;
    }

    /// <param name="ids">ascending</param>
    /// <param name="rows">their features, (n, F)</param>
    public static byte[] PackCandidates(int[] ids, Half[] rows) => SealedBytes.Pack(CandidatesMagic, to =>
    {
        to.Write(ids.Length);
        to.Write(rows.Length);
        to.Write(MemoryMarshal.AsBytes(ids.AsSpan()));
        to.Write(MemoryMarshal.AsBytes(rows.AsSpan()));
    });

    public static (int[] Ids, Half[] Rows) ReadCandidates(byte[] bytes, string name)
    {
        using var from = SealedBytes.Open(bytes, CandidatesMagic, name);
        var (ids, rows) = (new int[from.ReadInt32()], new Half[from.ReadInt32()]);
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan()));
        return (ids, rows);
    }
}
