using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class SegmentersTests
{
    public static TheoryData<string, int, int, int, int> Sizes => new()
    {
        { "small-seg", 3, 32, 48, 11 }, { "small-seg", 1, 45, 61, 2 }, { "small-seg", 3, 180, 240, 19 },
            { "drn", 3, 32, 48, 11 }, { "drn", 1, 45, 61, 3 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Forward_AnySize_GivesClassesOfEveryPixelAndPooledFeatures(
        string name, int channels, int height, int width, int classes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = (Segmenter)Fresh(name, channels, classes);
        model.eval();
        var x = rand([2, channels, height, width], generator: new Generator(2)) * 2 - 1;
        var logits = model.call(x);
        Assert.Equal([2, height, width, classes], logits.shape);
        Assert.True(logits.isfinite().all().item<bool>());
        Assert.False(logits[0].allclose(logits[1]));
        var features = model.Features(x);
        Assert.Equal([2, model.FeatureDim], features.shape);
        Assert.Equal([2, classes], model.Classify(features).shape);
    }

    // the last layer is linear: the logits of the mean features are the mean of the logits before they are enlarged
    [Theory, InlineData("small-seg"), InlineData("drn")]
    public void Classify_PooledFeatures_GivesMeanLogits(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = Fresh(name, 3, 5);
        model.eval();
        var x = rand([1, 3, 32, 32], generator: new Generator(2));
        var maps = model.Halves(x).Features;
        var everywhere = maps.permute(0, 2, 3, 1).reshape(-1, model.FeatureDim);                 // (h·w, F)
        Near(model.Classify(everywhere).mean([0]), model.Classify(model.Features(x))[0], 1e-4);
    }

    /// <summary>16.4 million in the authors' table, with the 1×1 convolution to 1,000 classes that their ImageNet
    /// network ends in; 16,393,752 counted elsewhere.</summary>
    [Fact]
    public void Drn_ParametersAndStrides_AreThoseOfThePaper()
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = Fresh("drn", 3, 1_000);
        Assert.Equal(
            16_393_752, model.named_parameters().Where(p => p.name != "up.weight").Sum(p => p.parameter.numel()));
        model.eval();
        Assert.Equal([1, 512, 8, 12], model.Halves(zeros(1, 3, 64, 96)).Features.shape);
        Assert.Equal([1, 512, 23, 30], model.Halves(zeros(1, 3, 180, 240)).Features.shape);
        Assert.Equal([512, 512, 3, 3], model.state_dict()["layer6.1.conv2.weight"].shape);
        Assert.Equal([256, 128, 1, 1], model.state_dict()["layer5.0.downsample.0.weight"].shape);
    }

    /// <summary>How far the pixels lie that one place of the maps sees says what the strides and dilations
    /// are.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Drn_ReceptiveField_IsThatOfItsDilations()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh("drn", 3, 2);
        model.eval();
        // so that no ReLU closes
        foreach (var norm in model.modules().OfType<TorchSharp.Modules.BatchNorm2d>()) norm.bias!.detach().fill_(1);
        var x = zeros(1, 3, 560, 560, requires_grad: true);
        var maps = model.Halves(x).Features;                                                      // (1, 512, 70, 70)
        maps[0, TensorIndex.Colon, 35, 35].sum().backward();
        var seen = x.grad!.abs().sum([0, 1]).gt(0);                                               // (560, 560)
        long[] rows = [.. seen.any(1).nonzero().flatten().data<long>()];
        // radii in pixels: 7×7: 3; layer1: 1; layer2: 1; layer3 (strides 2, then 4 pixels apart): 2 + 3·4; layer4: 4 +
        // 3·8; layer5: 4·2·8; layer6: 4·4·8; layer7: 2·8; layer8: 8
        const int radius = 3 + 1 + 1 + (2 + 3 * 4) + (4 + 3 * 8) + 4 * 2 * 8 + 4 * 4 * 8 + 2 * 8 + 8;
        Assert.Equal((35 * 8 - radius, 35 * 8 + radius), (rows[0], rows[^1]));
    }

    // the weights are those of bilinear interpolation, so that away from the edges the two agree
    [Fact]
    public void Drn_Upsampling_IsBilinearAndNotTrained()
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = Fresh("drn", 3, 4);
        model.eval();
        var x = rand([1, 3, 64, 64], generator: new Generator(2));
        var (maps, read) = model.Halves(x);
        var small = nn.functional.conv2d(maps, model.state_dict()["seg.weight"], model.state_dict()["seg.bias"]);
        var bilinear = nn.functional.interpolate(
            small, scale_factor: [8, 8], mode: InterpolationMode.Bilinear, align_corners: false).permute(0, 2, 3, 1);
        Near(bilinear.narrow(1, 8, 48).narrow(2, 8, 48), read(maps).narrow(1, 8, 48).narrow(2, 8, 48), 1e-4);
        Assert.False(model.named_parameters().Single(p => p.name == "up.weight").parameter.requires_grad);
    }

    [Theory, InlineData("small-seg"), InlineData("drn")]
    public void Forward_TrainingStep_ReachesEveryTrainedParameterAndLeavesNoTensor(string name)
    {
        using var model = Fresh(name, 3, 4);
        Step(model);
        Assert.All(
            model.named_parameters().Where(p => p.parameter.requires_grad), p =>
                Assert.True(p.parameter.grad!.abs().sum().item<float>() > 0, p.name));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(model);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void Step(TaskModel model)
        {
            using var scope = NewDisposeScope();
            var x = rand([2, 3, 32, 48], generator: new Generator(2));
            var y = randint(0, 4, [2 * 32 * 48], dtype: ScalarType.Int64, generator: new Generator(3));
            nn.functional.cross_entropy(model.call(x).flatten(0, 2), y).backward();
        }
    }

    [Theory, InlineData("small-seg"), InlineData("drn")]
    public void Convolutions_ThreeByThreeAfterTheFirst_HaveWidthsThatAreMultiplesOf16(string name)
    {
        using var model = Fresh(name, 3, 10);
        var shapes = model.parameters().Select(p => p.shape).Where(s => s.Length == 4 && s[2] == 3).ToList();
        Assert.All(shapes, s => Assert.Equal(0, s[0] % 16));
        Assert.All(shapes.Where(s => s[1] != 3), s => Assert.Equal(0, s[1] % 16));
    }

    private static TaskModel Fresh(string name, int channels, int classes)
    {
        var model = TaskModels.Create(name, channels, classes);
        using var random = new Generator(1);
        model.Reset(random);
        return model;
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= tolerance, $"{difference}");
    }
}
