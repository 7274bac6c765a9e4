using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// Fresh weights from one generator, layer by layer in order of registration, overwriting what the constructors
/// drew from the global one. Batch normalisation gets scale 1, shift 0, mean 0, variance 1.
/// </summary>
internal static class Initialise
{
    /// <summary>PyTorch's defaults: weight and bias from U(−1/√fan_in, 1/√fan_in).</summary>
    public static void Default(nn.Module module, Generator generator) =>
        Each(module, (weight, bias, _) =>
        {
            Uniform(weight, 1 / Math.Sqrt(FanIn(weight)), generator);
            Uniform(bias, 1 / Math.Sqrt(FanIn(weight)), generator);
        });

    /// <summary>Convolutions and linear layers: N(0, 2 / fan), zero bias. Transposed convolutions keep PyTorch's
    /// default, as in the reference.</summary>
    /// <param name="fanOut">fan = outputs · kernel area, in place of inputs · kernel area</param>
    public static void Kaiming(nn.Module module, Generator generator, bool fanOut = false) =>
        Each(module, (weight, bias, transposed) =>
        {
            if (transposed)
            {
                Uniform(weight, 1 / Math.Sqrt(FanIn(weight)), generator);
                Uniform(bias, 1 / Math.Sqrt(FanIn(weight)), generator);
                return;
            }
            Gaussian(weight, Math.Sqrt(2.0 / (fanOut ? FanOut(weight) : FanIn(weight))), generator);
            bias?.zero_();
        });

    /// <summary>N(0, <paramref name="std"/>²), zero bias.</summary>
    public static void Normal(nn.Module module, double std, Generator generator) =>
        Each(module, (weight, bias, _) =>
        {
            Gaussian(weight, std, generator);
            bias?.zero_();
        });

    private static void Each(nn.Module module, Action<Parameter, Parameter?, bool> weighted)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var layer in module.modules().Prepend(module).Distinct())
        {
            switch (layer)
            {
                case Convolution c: weighted(c.weight, c.bias, c.transposed); break;
                case MixedConv2d c: weighted(c.Weight, c.Bias, false); break;
                case Linear l: weighted(l.weight, l.bias, false); break;
                case NormBase n:
                    n.weight?.fill_(1);
                    n.bias?.zero_();
                    if (n.track_running_stats) n.reset_running_stats();
                    break;
                case var other when other.named_parameters(recurse: false).Any() && !other.named_children().Any():
                    throw new NotSupportedException($"no rule for the weights of {other.GetName()}");
            }
        }
    }

    // weight is (out, in/groups, k, k), or (in, out/groups, k, k) when transposed: PyTorch takes size(1) for both
    private static long FanIn(Tensor weight) => weight.numel() / weight.size(0);

    private static long FanOut(Tensor weight) => weight.numel() / weight.size(1);

    private static void Uniform(Tensor? to, double bound, Generator generator)
    {
        if (to is null) return;
        using var draw = Draw(to, generator, rand);
        to.copy_(draw.mul_(2 * bound).sub_(bound));
    }

    private static void Gaussian(Tensor to, double std, Generator generator)
    {
        using var draw = Draw(to, generator, randn);
        to.copy_(draw.mul_(std));
    }

    // float32 on the generator's device whatever the weight is: the same seed gives the same network everywhere
    private static Tensor Draw(Tensor like, Generator generator, Source source) =>
        source(like.shape, ScalarType.Float32, generator.device, false, generator);

    private delegate Tensor Source(
        long[] size, ScalarType? dtype, Device device, bool requires_grad, Generator generator, string[]? names = null);
}
