using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>Where the VAE puts the images of the pool, labelled and not.</summary>
/// <param name="Ids">the unlabelled images, then the labelled ones</param>
/// <param name="Unlabelled">how many of them have no label</param>
/// <param name="Features">μ of each, (N, Z)</param>
internal sealed record PoolLatent(int[] Ids, int Unlabelled, Tensor Features) : IDisposable
{
    public static PoolLatent Of(Query query)
    {
        var unlabelled = query.Pool.UnlabelledIds;
        int[] ids = [.. unlabelled, .. query.Pool.LabelledIds];
        return new(ids, unlabelled.Length, query.Networks.Vaal.Latent(query.Pool.Images, ids, query.Report, query.Cancel));
    }

    public void Dispose() => Features.Dispose();
}
