using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// The loss-prediction module (Yoo and Kweon, CVPR 2019, Figure 2). The mean of each intermediate map of a task model
/// passes through a layer of 128 and a ReLU. A last layer makes one number from all of them.
/// </summary>
internal sealed class LossPredictor : Module<IReadOnlyList<Tensor>, Tensor>
{
    private const int Hidden = 128;

    private readonly ModuleList<Linear> maps;
    private readonly Linear head;

    /// <param name="widths">channels of the maps, as <see cref="TaskModel.MapWidths"/></param>
    public LossPredictor(IReadOnlyList<int> widths) : base(nameof(LossPredictor))
    {
        maps = new ModuleList<Linear>([.. widths.Select(w => Linear(w, Hidden))]);
        head = Linear(Hidden * widths.Count, 1);
        RegisterComponents();
    }

    /// <param name="means">(B, W) of each map</param>
    /// <returns>(B)</returns>
    public override Tensor forward(IReadOnlyList<Tensor> means)
    {
        using var scope = NewDisposeScope();
        return head.call(cat([.. maps.Zip(means, (layer, mean) => layer.call(mean).relu())], 1)).squeeze(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The predicted loss of images (B, C, H, W), (B).</summary>
    public Tensor Of(TaskModel task, Tensor x)
    {
        using var scope = NewDisposeScope();
        var means = new List<Tensor>();
        task.Features(x, means);
        return call(means).MoveToOuterDisposeScope();
    }
}
