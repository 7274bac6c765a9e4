using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>Examples of one step.</summary>
/// <param name="Ids">their numbers, B</param>
/// <param name="X">(B, …)</param>
internal readonly record struct Batch(int[] Ids, Tensor X)
{
    public static implicit operator Batch(Tensor x) => new([], x);

    /// <summary>B.</summary>
    public long Size => X.shape[0];

    /// <summary>These and others, in this order.</summary>
    public Batch With(Batch others) => new([.. Ids, .. others.Ids], cat([X, others.X]));
}
