using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class TaskModelsTests
{
    public static TheoryData<string, int, int, int> Cases => new()
    {
        { "small-cnn", 1, 32, 10 }, { "small-cnn", 3, 64, 15 }, { "small-cnn", 3, 128, 2 }, { "small-cnn", 1, 256, 10 },
        { "resnet18", 3, 32, 100 }, { "resnet18", 1, 64, 10 }, { "resnet18", 3, 128, 2 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_EachSize_IsClassifyOfFeatures(string name, int channels, int size, int classes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = TaskModels.Create(name, channels, classes);
        model.Reset(new Generator(1));
        model.eval();
        var x = rand([2, channels, size, size], generator: new Generator(2)) * 2 - 1;
        var features = model.Features(x);
        Assert.Equal([2, model.FeatureDim], features.shape);
        var logits = model.call(x);
        Assert.Equal([2, classes], logits.shape);
        Assert.True(logits.allclose(model.Classify(features)));
        Assert.True(logits.isfinite().all().item<bool>());
        Assert.False(logits[0].allclose(logits[1]));
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(128, 2)]
    [InlineData(256, 4)]
    public void SmallCnn_LargeImages_AreAveragedDownTo64Pixels(int size, int times)
    {
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        using var model = TaskModels.Create("small-cnn", 3, 4);
        model.Reset(new Generator(1));
        model.eval();
        var small = rand([2, 3, 64, 64], generator: new Generator(2)) * 2 - 1;
        // each pixel as a square whose mean it is
        var uneven = zeros(times, times);
        if (times > 1) (uneven[0, 0], uneven[1, 1]) = (0.5f, -0.5f);
        var large = kron(small.reshape(-1, 64), ones(times, times)).reshape(2, 3, size, size) + uneven.repeat(64, 64);
        Near.Absolute(model.Features(small), model.Features(large), 1e-5);
        var maps = new List<Tensor>();
        Near.Absolute(model.Features(small), model.Features(large, maps), 1e-5);
        Assert.Equal([16, 32, 64, 128], maps.Select(m => m.shape[1]));
    }

    [Theory]
    [InlineData("small-cnn")]
    [InlineData("resnet18")]
    public void Forward_TrainingStep_ReachesEveryParameterAndLeavesNoTensor(string name)
    {
        using var model = TaskModels.Create(name, 3, 4);
        model.Reset(new Generator(1));
        model.DrawDropoutFrom(new Generator(1));
        Step(model);
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad!.abs().sum().item<float>() > 0, p.name));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(model);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void Step(TaskModel model)
        {
            using var scope = NewDisposeScope();
            var x = rand([8, 3, 32, 32], generator: new Generator(2));
            nn.functional.cross_entropy(model.call(x), arange(8) % 4).backward();
        }
    }

    public static IEnumerable<TheoryDataRow<string>> All => TaskModels.Names.Select(n => new TheoryDataRow<string>(n));

    [Trait("Category", "Slow")]
    [Theory, MemberData(nameof(All))]
    public void Convolutions_InBFloat16_GiveAboutFloat32sFeaturesAndGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TaskModels.Create(name, 3, 4);
        model.Reset(new Generator(1));
        var x = rand([8, 3, 48, 40], generator: new Generator(2))
            .mul(rand([8, 3, 1, 1], generator: new Generator(3))) * 2 - 1;
        if (!TaskModels.Segments(name)) x = x.narrow(2, 0, 32).narrow(3, 0, 32).contiguous();
        var (features, gradient) = Pass(null);
        var (low, lowGradient) = Pass(ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float32, low.dtype);
        Assert.NotEqual(0, (low - features).abs().max().item<float>());                     // it was another arithmetic
        Assert.InRange(Cosine(low - low.mean(), features - features.mean()), 0.995, 1);
        // ReLUs that open or close; a fault in one layer's gradient leaves about 0
        Assert.InRange(Cosine(lowGradient, gradient), 0.7, 1);

        (Tensor Features, Tensor Gradient) Pass(ScalarType? numbers)
        {
            model.Convolutions = numbers;
            model.train();
            foreach (var layer in model.modules().OfType<Dropout>()) layer.eval();
            model.zero_grad();
            var h = model.Features(x);
            nn.functional.cross_entropy(model.Classify(h), arange(8) % 4).backward();
            return (h.detach(), model.parameters().First(p => p.dim() == 4).grad!.clone());
        }

        static double Cosine(Tensor a, Tensor b) => ((a * b).sum() / (a.norm() * b.norm())).item<float>();
    }

    [Fact]
    public void ResNet18_CifarForm_HasItsKnownSizeAndNames()
    {
        using var model = TaskModels.Create("resnet18", 3, 10);
        // the count given for this form everywhere
        Assert.Equal(11_173_962, model.parameters().Sum(p => p.numel()));
        var keys = model.state_dict().Keys;
        Assert.Contains("layer2.0.downsample.0.weight", keys);
        Assert.Contains("layer4.1.bn2.running_var", keys);
        Assert.DoesNotContain("layer1.0.downsample.0.weight", keys);
    }

    // libtorch 2.10 reads memory that nobody has written in 3×3 convolutions of other widths (AVX-512): NaN now and
    // then
    [Theory]
    [InlineData("small-cnn")]
    [InlineData("resnet18")]
    public void Convolutions_AfterTheFirst_HaveWidthsThatAreMultiplesOf16(string name)
    {
        using var model = TaskModels.Create(name, 3, 10);
        var shapes = model.parameters().Select(p => p.shape).Where(s => s.Length == 4).ToList();
        Assert.All(shapes, s => Assert.Equal(0, s[0] % 16));
        Assert.All(shapes.Skip(1), s => Assert.Equal(0, s[1] % 16));
    }

    [Fact]
    public void Create_UnknownName_ListsTheChoices()
    {
        var e = Assert.Throws<InputException>(() => TaskModels.Create("x", 3, 10));
        Assert.Equal("no task model 'x'; there are: drn, resnet18, small-cnn, small-seg, vgg16", e.Message);
    }

    [Fact]
    public void Describe_EveryName_IsOneLine() =>
        Assert.All(TaskModels.Names, n => Assert.DoesNotContain('\n', TaskModels.Describe(n)));
}
