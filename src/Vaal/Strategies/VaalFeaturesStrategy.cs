using System.Globalization;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// VAAL's choice on stored features in place of pixels: the same Algorithm 1, with a fully connected VAE. The b images
/// whose μ the discriminator holds least likely to be labelled.
/// </summary>
internal sealed class VaalFeaturesStrategy : IQueryStrategy
{
    public bool JudgesAlone => true;

    // the score is minus D's logit
    public string Reason(float? score) => string.Create(CultureInfo.InvariantCulture,
        $"its features look less labelled than others (D = {1 / (1 + Math.Exp(score!.Value)):0.00})");

    /// <summary>The probability of being unlabelled, 1 − D.</summary>
    public double Benefit(float score) => 1 / (1 + Math.Exp(-score));

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        using var examples = new FeatureExamples(pool.Features);
        int[] unlabelled = [.. Enumerable.Range(0, ids.Length)], labelled =
            [.. Enumerable.Range(ids.Length, pool.Ids.Length - ids.Length)];
        var (net, seed) = (query.Networks, Seeds.Derive(query.Seed, "vaal-features", 0));
        using var trainer = new VaalTrainer(net.VaalOptions, examples, labelled, unlabelled, seed, device: net.Device);
        using var vae = trainer.AutoEncoder;
        using var d = trainer.D;
        trainer.Train(query.Report, cancel: query.Cancel);
        var scores = InBlocks(x => -d.call(vae.Mean(x)), vae, examples.Rows, ids.Length, net.Device);
        return new MiniQueries(net.VaalOptions, Seeds.Derive(seed, "mini-queries", 0), net.Device).Choose(
            ids, scores, query.Budget, Means, query.Report, query.Cancel);

        Tensor Means()
        {
            var mu = InBlocks(vae.Mean, vae, examples.Rows, pool.Ids.Length, net.Device);
            return tensor(mu, [pool.Ids.Length, net.VaalOptions.LatentDim]);
        }
    }

    // of the first rows, in eval mode
    private static float[] InBlocks(Func<Tensor, Tensor> of, AutoEncoder vae, Tensor rows, int count, Device device)
    {
        const int block = 4_096;
        using var eval = vae.Evaluating();
        using var inference = inference_mode();
        var values = new List<float>();
        for (var start = 0; start < count; start += block)
        {
            using var scope = NewDisposeScope();
            var x = rows.narrow(0, start, Math.Min(block, count - start)).to(device);                  // (B, F)
            values.AddRange(of(x).cpu().contiguous().data<float>().ToArray());
        }
        return [.. values];
    }
}
