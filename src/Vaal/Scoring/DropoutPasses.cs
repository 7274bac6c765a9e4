using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Class probabilities under dropout at test time (Gal and Ghahramani, ICML 2016). Pass t is one network, drawn once by
/// its mask. The mask follows from the seed and t alone, so it is the same for every image and for every cut of the
/// pool into batches. A network without dropout layers drops half of its penultimate features.
/// </summary>
internal static class DropoutPasses
{
    private const double Share = 0.5;

    /// <param name="x">(B, C, H, W)</param>
    /// <param name="seed">of the masks of all passes</param>
    /// <returns>(passes, B, K), of a segmenter (passes, B, H, W, K); batch normalisation stays in eval mode</returns>
    public static Tensor Probabilities(TaskModel task, Tensor x, int passes, long seed)
    {
        using var scope = NewDisposeScope();
        using var eval = task.Evaluating();
        Dropout[] layers = [.. task.modules().OfType<Dropout>()];
        var logits = layers.Length > 0 ? OfLayers(task, layers, x, passes, seed) : OfFeatures(task, x, passes, seed);
        return stack(logits).softmax(-1).MoveToOuterDisposeScope();
    }

    private static List<Tensor> OfLayers(TaskModel task, Dropout[] layers, Tensor x, int passes, long seed)
    {
        try
        {
            return Each(passes, seed, random =>
            {
                foreach (var layer in layers) (layer.Sampling, layer.Generator) = (true, random);
                return task.call(x);
            });
        }
        finally
        {
            foreach (var layer in layers) (layer.Sampling, layer.Generator) = (false, null);
        }
    }

    private static List<Tensor> OfFeatures(TaskModel task, Tensor x, int passes, long seed)
    {
        using var dropout = new Dropout(Share) { Sampling = true };
        dropout.eval();
        var (features, classify) = task.Halves(x);                                   // (B, F), or maps (B, F, h, w)
        return Each(passes, seed, random =>
        {
            dropout.Generator = random;
            using var dropped = dropout.call(features);
            return classify(dropped);
        });
    }

    private static List<Tensor> Each(int passes, long seed, Func<Generator, Tensor> logits)
    {
        var all = new List<Tensor>(passes);
        for (var pass = 0; pass < passes; pass++)
        {
            using var random = new Generator((ulong)Seeds.Derive(seed, "dropout pass", pass));
            all.Add(logits(random));
        }
        return all;
    }
}
