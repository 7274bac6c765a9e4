using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// How far features must be mixed with an anchor's until the predicted class changes (Parvaneh et al., CVPR 2022, Eq. 4
/// to 6). The closed-form α for an anchor a changes z to z + α ⊙ (a − z) = z + ε/√F · ‖a − z‖ · g/‖g‖, where g is the
/// gradient of the loss. So only the distance of the anchor counts. Along a line the logits of a linear layer are
/// linear, so a class that is lost stays lost, and the farthest anchor decides. It never holds N × K × F numbers.
/// </summary>
internal static class LabelFlips
{
    private const long Block = 1 << 20;

    /// <summary>The least ε at which some anchor changes the predicted class of each row; infinite where none ever
    /// does.</summary>
    /// <param name="task">whose last layer is linear</param>
    /// <param name="features">penultimate features, (N, F)</param>
    /// <param name="anchors">(A, F)</param>
    public static double[] LeastEpsilon(
        TaskModel task, Tensor features, Tensor anchors, Device device, CancellationToken cancel = default)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var dim = features.shape[1];
        var b = task.Classify(zeros(1, dim, device: device)).cpu().to(ScalarType.Float64);             // (1, K)
        var w = task.Classify(eye(dim, device: device)).cpu().to(ScalarType.Float64) - b;              // (F, K)
        return LeastEpsilon(w, b, features, anchors, cancel);
    }

    /// <param name="w">weights of the last layer, (F, K), float64</param>
    /// <param name="b">its biases, (1, K); −∞ of a class that is never predicted</param>
    /// <param name="features">(N, F)</param>
    /// <param name="anchors">(A, F)</param>
    public static double[] LeastEpsilon(
        Tensor w, Tensor b, Tensor features, Tensor anchors, CancellationToken cancel = default)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var dim = features.shape[1];
        var points = anchors.to(ScalarType.Float64);
        return [.. features.split(Math.Max(1, Block / dim)).SelectMany(rows =>
        {
            cancel.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var z = rows.to(ScalarType.Float64);                                                       // (B, F)
            var logits = z.mm(w) + b;                                                                  // (B, K)
            var own = logits.argmax(1, keepdim: true);
            var g = (logits.softmax(1) - nn.functional.one_hot(own.squeeze(1), logits.shape[1])).mm(w.t()); // ∂loss/∂z
            // of the logits, a unit of way
            var change = nn.functional.normalize(g, p: 2, dim: 1, eps: 1e-300).mm(w);
            var (ahead, gain) = (logits.gather(1, own) - logits, change - change.gather(1, own));
            // until the first class overtakes
            var way = where(gain.gt(0), ahead / gain, full_like(gain, double.PositiveInfinity)).amin(1);
            return (way / cdist(z, points).amax(1) * Math.Sqrt(dim)).data<double>().ToArray();
        })];
    }
}
