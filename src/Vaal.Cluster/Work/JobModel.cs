using System.Runtime.InteropServices;
using Vaal.Cluster.Stores;
using Vaal.Coverage;
using Vaal.Heads;

namespace Vaal.Cluster.Work;

/// <summary>What every shard needs to know of the others.</summary>
internal sealed record JobModel
{
    private const string Magic = "VAALFIT1";

    /// <summary>Of all rows with features, (F).</summary>
    public required double[] Mean { get; init; }

    /// <summary>Of the labelled rows; null: the strategy needs none.</summary>
    public LinearHead? Head { get; init; }

    /// <summary>Width of the kernel; 0: the cosine.</summary>
    public double Sigma { get; init; }

    /// <summary>A uniform sample of the unlabelled images, which stands for the pool.</summary>
    public int[] Sample { get; init; } = [];

    /// <summary>Of the sample, then of the labelled images, (n, F).</summary>
    public Half[] Rows { get; init; } = [];

    /// <summary>What it is worth to cover each image of the sample; empty: the same of all.</summary>
    public float[] Weights { get; init; } = [];

    public Likeness Like => Sigma > 0 ? Likeness.Gaussian(Sigma) : Likeness.Cosine;

    public byte[] Pack() => SealedBytes.Pack(Magic, to =>
    {
        to.Write(Mean.Length);
        to.Write(MemoryMarshal.AsBytes(Mean.AsSpan()));
        to.Write(Head is not null);
        Head?.Write(to);
        to.Write(Sigma);
        to.Write(Sample.Length);
        to.Write(MemoryMarshal.AsBytes(Sample.AsSpan()));
        to.Write(Rows.Length);
        to.Write(MemoryMarshal.AsBytes(Rows.AsSpan()));
        to.Write(Weights.Length);
        to.Write(MemoryMarshal.AsBytes(Weights.AsSpan()));
    });

    public static JobModel Read(byte[] bytes, string name)
    {
        using var from = SealedBytes.Open(bytes, Magic, name);
        return new()
        {
            Mean = Numbers<double>(from),
            Head = from.ReadBoolean() ? LinearHead.Read(from) : null,
            Sigma = from.ReadDouble(),
            Sample = Numbers<int>(from),
            Rows = Numbers<Half>(from),
            Weights = Numbers<float>(from),
        };
    }

    private static T[] Numbers<T>(BinaryReader from) where T : unmanaged
    {
        var numbers = new T[from.ReadInt32()];
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }
}
