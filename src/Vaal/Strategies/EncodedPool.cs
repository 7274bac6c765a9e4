using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// The pool as an encoder and a linear head see it, for strategies that read a task model's features or probabilities.
/// It takes the place of the task model where a query brings an encoder's features.
/// </summary>
/// <param name="Features">of the unlabelled images, (N, F), float32</param>
/// <param name="Probabilities">of their classes, (N, K), float64; of several classes an image, of yes and no for each,
/// (N, K, 2)</param>
internal sealed record EncodedPool(Tensor Features, Tensor Probabilities)
{
    /// <summary>Fits the head on the labelled images. The tensors belong to the caller's scope.</summary>
    /// <exception cref="InputException">the labels name fewer than two classes</exception>
    public static EncodedPool Of(Query query)
    {
        using var pool = PoolFeatures.Of(query);
        var rows = pool.ToUnitRows();
        var head = PoolHead.Needed(query.Pool, pool, rows, query.Cancel, query.Report);
        var (features, p) = (new float[pool.Unlabelled * rows.Width], new double[pool.Unlabelled * head.Classes]);
        PoolHead.EachBlock(pool, rows, (start, x) =>
        {
            x.CopyTo(features, start * rows.Width);
            head.Probabilities(x).CopyTo(p, start * head.Classes);
        }, query.Cancel, query.Report);
        var probabilities = tensor(p, [pool.Unlabelled, head.Classes]);
        return new(tensor(features, [pool.Unlabelled, rows.Width]),
            head.MultiLabel ? stack([probabilities, 1 - probabilities], -1) : probabilities);
    }

    /// <summary>
    /// The features alone, which need no classes: of the unlabelled images, then of the labelled ones, (N, F).
    /// </summary>
    public static Tensor Rows(Query query)
    {
        using var pool = PoolFeatures.Of(query);
        var rows = pool.ToUnitRows();
        return tensor(rows.Copy([.. Enumerable.Range(0, rows.Count)]), [rows.Count, rows.Width]);
    }
}
