using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Learning loss (Yoo and Kweon, CVPR 2019): the images whose loss a module trained along with a task model
/// predicts to be highest.</summary>
internal sealed class LearningLossStrategy : ScoringStrategy
{
    public override string Reason(float? score) => "the task model is predicted to be wrong about it";

    // the module learns an order: its scores have no zero
    public override double Benefit(float score) => -1;

    private protected override bool NeedsNetwork(bool encoder) => true;

    protected override void Prepare(Query query) => _ = query.Networks.LossPrediction;

    protected override Tensor Score(Tensor x, Networks net) => net.LossPrediction.Of(x);
}
