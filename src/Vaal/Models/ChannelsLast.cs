using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// (B, C, H, W) with the channels last in memory; the layers after it keep it so. The same numbers, in less time where
/// there are few channels (docs/results/performance.md).
/// </summary>
internal sealed class ChannelsLast() : nn.Module<Tensor, Tensor>(nameof(ChannelsLast))
{
    public override Tensor forward(Tensor x) => Of(x);

    public static Tensor Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
