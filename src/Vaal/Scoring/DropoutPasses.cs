using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Class probabilities under dropout at test time (Gal and Ghahramani, ICML 2016). A network without dropout layers drops half of
/// its penultimate features.
/// </summary>
internal static class DropoutPasses
{
    private const double Share = 0.5;

    /// <param name="x">(B, C, H, W)</param>
    /// <param name="random">source of the masks</param>
    /// <returns>(passes, B, K), of a segmenter (passes, B, H, W, K); batch normalisation stays in eval mode</returns>
    public static Tensor Probabilities(TaskModel task, Tensor x, int passes, Generator random)
    {
        using var scope = NewDisposeScope();
        using var eval = task.Evaluating();
        Dropout[] layers = [.. task.modules().OfType<Dropout>()];
        var logits = layers.Length > 0 ? OfLayers(task, layers, x, passes, random) : OfFeatures(task, x, passes, random);
        return stack(logits).softmax(-1).MoveToOuterDisposeScope();
    }

    private static List<Tensor> OfLayers(TaskModel task, Dropout[] layers, Tensor x, int passes, Generator random)
    {
        foreach (var layer in layers) (layer.Sampling, layer.Generator) = (true, random);
        try
        {
            return [.. Enumerable.Range(0, passes).Select(_ => task.call(x))];
        }
        finally
        {
            foreach (var layer in layers) (layer.Sampling, layer.Generator) = (false, null);
        }
    }

    private static List<Tensor> OfFeatures(TaskModel task, Tensor x, int passes, Generator random)
    {
        using var dropout = new Dropout(Share) { Sampling = true, Generator = random };
        var (features, classify) = task.Halves(x);                                   // (B, F), or maps (B, F, h, w)
        return [.. Enumerable.Range(0, passes).Select(_ => classify(dropout.call(features)))];
    }
}
