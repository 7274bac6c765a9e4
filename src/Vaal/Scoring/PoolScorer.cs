using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>Passes a pool through a network, batch by batch, in bounded memory.</summary>
internal static class PoolScorer
{
    private const int Batch = 256;

    /// <summary>Of images whose every pixel has probabilities, times the passes over them, fewer fit into memory.</summary>
    private const int PixelsWithMasks = 1 << 17;

    /// <summary>One number an image, or <paramref name="columns"/> in a row, in the order of <paramref name="ids"/>. The caller
    /// puts its networks in eval mode.</summary>
    /// <param name="score">(B, C, H, W) in [-1, 1] → (B), or (B, columns)</param>
    public static float[] Score(ImageSet images, ReadOnlySpan<int> ids, Func<Tensor, Tensor> score, Device device,
        Action<TrainEvent>? report = null, CancellationToken cancel = default, int columns = 1, string phase = "scoring the pool")
    {
        using var inference = inference_mode();
        var scores = new float[checked(ids.Length * columns)];
        var batch = images.Masks is null ? Batch : Math.Max(1, PixelsWithMasks / (images.Height * images.Width));
        for (var start = 0; start < ids.Length; start += batch)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var part = ids.Slice(start, Math.Min(batch, ids.Length - start));
            var x = Augment.Normalise(images.Batch(part).to(device));                // (B, C, H, W)
            score(x).to(ScalarType.Float32).cpu().data<float>().CopyTo(scores.AsSpan(start * columns), 0);
            report?.Invoke(new TrainEvent(phase, start + part.Length, ids.Length));
        }
        return scores;
    }
}
