using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>A task model that was trained together with a module that predicts its loss.</summary>
internal sealed record LossPrediction(TaskModel Task, LossPredictor Predictor) : IDisposable
{
    /// <summary>The predicted loss of images (B, C, H, W) in eval mode, (B); its scale means nothing.</summary>
    public Tensor Of(Tensor x)
    {
        using var eval = Task.Evaluating();
        return Predictor.Of(Task, x);
    }

    public void Dispose()
    {
        Task.Dispose();
        Predictor.Dispose();
    }
}
