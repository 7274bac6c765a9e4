using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Task-aware VAAL (Kim et al., CVPR 2021): Algorithm 1, where D sees the rank r of an image's loss beside μ, and the
/// decoder sees σ(r) beside z.
/// </summary>
/// <param name="ranks">r of each row, by its number</param>
internal sealed class TaskAwareVaalTrainer(
    VaalOptions options, IExamples examples, int[] labelled, int[] unlabelled, long seed, float[] ranks,
        Device? device = null)
    : VaalTrainer(options, examples, labelled, unlabelled, seed, null, device, ScalarType.Float32, conditions: 1)
{
    private protected override VaeOutput Pass(Batch x, Tensor noise) =>
        AutoEncoder.Pass(x.X, noise, RanksOf(x).sigmoid());

    private protected override Tensor Logits(Tensor mu, Batch x) => D.Of(mu, RanksOf(x));

    // (B, 1)
    private Tensor RanksOf(Batch x) =>
        tensor(Array.ConvertAll(x.Ids, id => ranks[id]), [x.Size, 1], device: x.X.device);
}
