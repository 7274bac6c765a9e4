using TorchSharp.Modules;
using static TorchSharp.torch;
using Adam = Vaal.Training.Adam;

namespace Vaal.Tests.Training;

[Collection(RunsAlone.Name)]
public sealed class AdamTests : IDisposable
{
    private readonly TorchThreads _two = new(2);

    public void Dispose() => _two.Dispose();

    // over a block and not a whole number of vectors; one vector less than that; fewer than one; a scalar
    private static readonly long[][] Shapes = [[3, 50_001], [7, 5], [3], []];

    // m = 0.1·g, v = 0.001·g², both corrected to g and g²: a first step is lr·g/(|g| + ε) whatever g is; then by hand
    // again
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Step_Twice_GivesNumbersWorkedByHand(ScalarType type)
    {
        using var p = new Parameter(ones(1, dtype: type));
        using var adam = new Adam([("p", p)]);
        p.grad = full(1, 0.5, dtype: type);
        adam.Step(0.1);
        Assert.Equal(0.9, p.to(ScalarType.Float64).item<double>(), 1e-7);
        // m = 0.9·0.05 + 0.1·(−1) = −0.055, /0.19; v = 0.999·0.00025 + 0.001 = 0.00124975, /0.001999
        p.grad = full(1, -1.0, dtype: type);
        adam.Step(0.1);
        Assert.Equal(
            0.9 + 0.1 * (0.055 / 0.19) / Math.Sqrt(0.00124975 / 0.001999), p.to(ScalarType.Float64)
            .item<double>(), 2e-7);
        Assert.Equal(2, adam.Steps);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.Float64, 1e-12)]
    public void Step_TwentyFiveTimes_EqualsTorchs(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1);
        Parameter[] ours = [.. Shapes.Select(s => new Parameter(randn(s, dtype: type, generator: generator)))];
        Parameter[] theirs = [.. ours.Select(p => new Parameter(p.detach().clone()))];
        using var adam = new Adam(ours.Select((p, i) => ($"{i}", p)));
        using var torchs = optim.Adam(theirs, 5e-4);
        for (var step = 0; step < 25; step++)
        {
            using var each = NewDisposeScope();
            // gradients over ten orders of magnitude, and some that are nothing at all
            for (var i = 0; i < ours.Length; i++)
                theirs[i].grad = ours[i]
                    .grad = randn(Shapes[i], dtype: type, generator: generator) * Math.Pow(10, step % 10 - 8)
                    * (step % 7 == 3 ? 0 : 1);
            adam.Step(5e-4);
            torchs.step();
        }
        for (var i = 0; i < ours.Length; i++) Near.Relative(theirs[i], ours[i], tolerance, $"parameter {i}");
    }

    [Fact]
    public void Step_GradientThatIsNotContiguous_EqualsTheContiguousOne()
    {
        using var scope = NewDisposeScope();
        var gradient = randn([5, 7], generator: new Generator(1));
        using var a = new Parameter(ones(7, 5));
        using var b = new Parameter(ones(7, 5));
        using var adam = new Adam([("a", a), ("b", b)]);
        for (var i = 0; i < 3; i++)
        {
            (a.grad, b.grad) = (gradient.t(), gradient.t().contiguous());
            adam.Step(0.01);
        }
        Near.Absolute(b, a, 1e-6);
    }

    [Fact]
    public void Step_ParameterWithoutGradient_IsLeftAlone()
    {
        using var with = new Parameter(ones(3));
        using var without = new Parameter(ones(3));
        using var adam = new Adam([("with", with), ("without", without)]);
        with.grad = ones(3);
        adam.Step(0.1);
        Assert.Equal([1, 1, 1], without.data<float>().ToArray());
        Assert.All(
            adam.State().Where(s => s.Name.StartsWith("without", StringComparison.Ordinal)), s =>
                Assert.Equal(0, s.Value.abs().sum().item<float>()));
        Assert.Equal(0.9f, with.data<float>().ToArray()[0], 1e-6f);
    }

    [Fact]
    public void ZeroGrad_AfterBackward_RemovesGradients()
    {
        using var p = new Parameter(ones(3));
        using var adam = new Adam([("p", p)]);
        p.sum().backward();
        adam.ZeroGrad();
        Assert.Null(p.grad);
    }

    [Fact]
    public void State_CopiedIntoAnother_ContinuesBitForBit()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        using var p = new Parameter(randn([1_003], generator: generator));
        using var first = new Adam([("p", p)]);
        for (var i = 0; i < 5; i++) StepWith(first, p, randn([1_003], generator: generator));
        using var q = new Parameter(p.detach().clone());
        using var second = new Adam([("p", q)]) { Steps = first.Steps };
        using (no_grad())
        {
            foreach (var (mine, saved) in second.State().Zip(first.State()))
            {
                Assert.Equal(saved.Name, mine.Name);
                mine.Value.copy_(saved.Value);
            }
        }
        for (var i = 0; i < 5; i++)
        {
            var gradient = randn([1_003], generator: generator);
            StepWith(first, p, gradient);
            StepWith(second, q, gradient);
        }
        Assert.Equal(p.data<float>().ToArray(), q.data<float>().ToArray());

        static void StepWith(Adam adam, Parameter p, Tensor gradient)
        {
            p.grad = gradient;
            adam.Step(0.01);
        }
    }
}
