using Vaal.Coverage;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>What the images of the pool are compared by, labelled and not.</summary>
/// <param name="Ids">the unlabelled images, then the labelled ones</param>
/// <param name="Unlabelled">how many of them have no label</param>
/// <param name="Features">a row of each, (N, F)</param>
internal sealed record PoolFeatures(int[] Ids, int Unlabelled, Tensor Features) : IDisposable
{
    public static PoolFeatures Of(Query query)
    {
        var unlabelled = query.Pool.UnlabelledIds;
        int[] ids = [.. unlabelled, .. query.Pool.LabelledIds];
        return new(ids, unlabelled.Length, query.Features.Of(query, ids));
    }

    /// <summary>
    /// The rows less their mean, divided by their length, as coverage and the linear head take them.
    /// </summary>
    public UnitRows ToUnitRows()
    {
        using var scope = NewDisposeScope();
        return UnitRows.Of(Features.to(ScalarType.Float32).contiguous().data<float>().ToArray(),
            (int)Features.shape[1]);
    }

    public void Dispose() => Features.Dispose();
}
