using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Tests.Models;

/// <summary>Values and gradients against float64's own convolutions; bfloat16 keeps 8 bits, of which sums lose
/// few.</summary>
public sealed class BFloat16ConvolutionsTests
{
    private const double Tolerance = 0.02;

    [Theory]
    [InlineData(3, 16, 32)]
    [InlineData(32, 16, 8)]
    [InlineData(16, 48, 4)]
    public void Down_ValueAndGradients_AreAboutFloat64s(int from, int to, int side) =>
        Compare([4, from, side, side], [to, from, 4, 4], null,
        (x, w, _) => BFloat16Convolutions.Down(x, w), (x, w, _) => conv2d(x, w, strides: [2, 2], padding: [1, 1]));

    [Theory]
    [InlineData(3, 1, 1, 1)]
    [InlineData(3, 1, 0, 1)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(3, 1, 2, 2)]
    [InlineData(3, 1, 4, 4)]
    [InlineData(3, 2, 3, 3)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 2, 0, 1)]
    [InlineData(7, 1, 3, 1)]
    public void Convolve_AnyStencil_IsAboutFloat64sInValueAndGradients(
        int kernel, int stride, int padding, int dilation)
    {
        // of odd and even sides, a stride of 2 does not come back to all
        foreach (var (height, width) in new[] { (12, 15), (13, 10) })
        {
            Compare([3, 16, height, width], [32, 16, kernel, kernel], null,
                (x, w, _) => BFloat16Convolutions.Convolve(x, w, new Stencil(stride, padding, dilation)),
                (x, w, _) =>
                    conv2d(x, w, strides: [stride, stride], padding: [padding, padding],
                        dilation: [dilation, dilation]));
        }
    }

    [Fact]
    // 22 MB an image
    public void Convolve_WindowsLargerThanTheLimit_AreAddedUp() => Compare([3, 16, 120, 120], [16, 16, 7, 7], null,
        (x, w, _) => BFloat16Convolutions.Convolve(x, w, new Stencil(Padding: 3)), (x, w, _) =>
            conv2d(x, w, padding: [3, 3]));

    [Fact]
    public void MixedConv2d_WithABias_IsConv2dInFloat32AndAboutItInBFloat16()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var mixed = new MixedConv2d(16, 32, 3, stride: 2, padding: 1, bias: true);
        using var plain = TorchSharp.torch.nn.Conv2d(16, 32, 3, stride: 2, padding: 1);
        Initialise.Default(mixed, random);
        plain.load_state_dict(mixed.state_dict());
        var x = randn([4, 16, 9, 9], generator: random);
        Assert.True(mixed.call(x).equal(plain.call(x)).all().item<bool>());
        var low = mixed.call(ChannelsLast.Of(x.to(ScalarType.BFloat16)));
        Assert.Equal(ScalarType.BFloat16, low.dtype);
        Assert.InRange((low.to(ScalarType.Float32) - plain.call(x)).abs().max().item<float>(), 0, 0.03);
        low.sum().backward();
        Assert.Equal(Enumerable.Repeat(4f * 5 * 5, 32), mixed.Bias!.grad!.data<float>().ToArray());
        Assert.Equal(ScalarType.Float32, mixed.Weight.grad!.dtype);
    }

    [Theory]
    [InlineData(16, 32, 16)]
    [InlineData(48, 16, 4)]
    public void Up_ValueAndGradients_AreAboutFloat64s(int from, int to, int side) =>
        Compare([4, from, side, side], [from, to, 4, 4], null,
        (x, w, _) => BFloat16Convolutions.Up(x, w), (x, w, _) =>
            conv_transpose2d(x, w, strides: [2, 2], padding: [1, 1]));

    [Fact]
    public void PerPixel_ValueAndGradients_AreAboutFloat64s() => Compare([4, 16, 8, 8], [16, 3, 1, 1], [3],
        BFloat16Convolutions.PerPixel, (x, w, b) => conv_transpose2d(x, w, b));

    [Fact]
    public void Down_InferenceMode_IsTheSameAsWithGradients()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (
            ChannelsLast.Of(randn([2, 16, 8, 8]).to(ScalarType.BFloat16)),
            new TorchSharp.Modules.Parameter(randn([16, 16, 4, 4])));
        var expected = BFloat16Convolutions.Down(x, weight);
        using var mode = inference_mode();
        Assert.Equal(
            0, (BFloat16Convolutions.Down(x, weight) - expected).abs().max().to(ScalarType.Float32).item<float>());
    }

    private static void Compare(
        long[] input, long[] kernel, long[]? offset, Func<Tensor, Tensor, Tensor, Tensor> ours, Func<Tensor, Tensor,
        Tensor, Tensor> plain)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            using var random = new Generator(1);
            // that both begin with the same numbers
            Tensor Draw(long[] shape) => randn(shape, generator: random).to(ScalarType.BFloat16).to(ScalarType.Float64);
            Tensor[] inputs = [Draw(input), Draw(kernel), Draw(offset ?? [1])];
            Tensor[] exact = [.. inputs.Select(t => t.clone().requires_grad_(true))];
            var expected = plain(exact[0], exact[1], exact[2]);
            var toward = Draw(expected.shape);
            expected.backward([toward]);

            Tensor[] low = [.. inputs.Select(t => t.to(ScalarType.Float32).requires_grad_(true))];
            var actual = ours(ChannelsLast.Of(low[0].to(ScalarType.BFloat16)), low[1], low[2]);
            actual.backward([toward.to(actual.dtype)]);
            Near(expected, actual);
            for (var i = 0; i < (offset is null ? 2 : 3); i++)
            {
                Assert.Equal(ScalarType.Float32, low[i].grad!.dtype);
                Assert.True(low[i].grad!.is_contiguous());
                Near(exact[i].grad!, low[i].grad!);
            }
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void Near(Tensor expected, Tensor actual)
        {
            Assert.Equal(expected.shape, actual.shape);
            Assert.InRange(
                (expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / expected.abs().max()
                .item<double>(), 0, Tolerance);
        }
    }
}
