using System.CommandLine;
using Vaal.Cli.Commands;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Tests.Cli;

/// <summary>Each option of <c>next</c> and <c>simulate</c> changes the value that it is for, and no other.</summary>
public sealed class CommandOptionsTests
{
    private static readonly (string Typed, Func<VaalOptions, VaalOptions> Becomes)[] _networks =
    [
        ("--preset official", _ => VaalOptions.Official),
        ("--preset official --epochs 3", _ => new VaalOptions(VaalOptions.Official) { Epochs = 3 }),
        ("--iterations 7", o => new(o) { Iterations = 7 }),
        // passes over the pool take the place of the preset's iterations
        ("--epochs 2.5", o => new(o) { Epochs = 2.5, Iterations = null }),
        ("--epochs 2.5 --iterations 7", o => new(o) { Epochs = 2.5, Iterations = 7 }),
        ("--width 24", o => new(o) { Width = 24 }),
        ("--latent 5", o => new(o) { LatentDim = 5 }),
        ("--vae-size 128", o => new(o) { Size = 128 }),
        ("--beta 0.25", o => new(o) { Beta = 0.25 }),
        ("--lambda1 2.5", o => new(o) { Lambda1 = 2.5 }),
        ("--lambda2 3.5", o => new(o) { Lambda2 = 3.5 }),
        ("--vae-steps 4", o => new(o) { VaeSteps = 4 }),
        ("--d-steps 6", o => new(o) { DiscriminatorSteps = 6 }),
        ("--vae-lr 0.01", o => new(o) { VaeLearningRate = 0.01 }),
        ("--d-lr 0.02", o => new(o) { DiscriminatorLearningRate = 0.02 }),
        ("--batch 10", o => new(o) { BatchSize = 10 }),
        ("--mini-queries 8", o => new(o) { MiniQueries = 8 }),
        ("--vaal-draw odds", o => new(o) { BatchDraw = BatchDraw.Odds }),
        ("--precision bf16", o => new(o) { Precision = Precision.Bf16 }),
        ("--no-flip", o => new(o) { Flip = false }),
    ];

    // the paper's shares of a pool of a thousand images
    private static readonly LoopOptions _usual = new() { Initial = 100, Budget = 50 };

    private static readonly (string Typed, Func<LoopOptions, LoopOptions> Becomes)[] _runs =
    [
        ("--strategy margin", o => new(o) { Strategy = "margin" }),
        ("--features task", o => new(o) { Features = "task" }),
        // a head on an encoder's features is the default then
        ("--features resnet18", o => new(o) { Features = "resnet18", Task = new(o.Task) { Model = "linear" } }),
        ("--features resnet18 --task small-cnn", o => new(o) { Features = "resnet18" }),
        ("--features resnet18 --encoder-flip", o => new(o)
        {
            Features = "resnet18+flip",
            Task = new(o.Task) { Model = "linear" },
        }),
        ("--task vgg16", o => new(o) { Task = new(o.Task) { Model = "vgg16" } }),
        ("--task small-seg", o => new(o) { Task = TaskOptions.For("small-seg") }),
        ("--task-preset official", o => new(o) { Task = new(TaskOptions.Official) { Model = "small-cnn" } }),
        ("--task-epochs 4", o => new(o) { Task = new(o.Task) { Epochs = 4 } }),
        ("--task-min-iterations 7", o => new(o) { Task = new(o.Task) { MinIterations = 7 } }),
        ("--class-weights balanced --features resnet18", o => new(o)
        {
            Features = "resnet18",
            Task = new(o.Task) { Model = "linear", Balanced = true },
        }),
        ("--pixels top", o => new(o) { PixelReduction = PixelReduction.Top }),
        ("--top-pixels 0.2", o => new(o) { TopPixels = 0.2 }),
        ("--initial 8", o => new(o) { Initial = 8 }),
        ("--draw uniform", o => new(o) { Draw = InitialDraw.Uniform }),
        ("--without-classes 1 3", o => new(o) { WithoutClasses = [1, 3] }),
        ("--budget 9", o => new(o) { Budget = 9 }),
        ("--candidates 6", o => new(o) { Candidates = 6 }),
        ("--costs c.csv --budget-cost 2.5", o => new(o) { CostsFrom = "c.csv", BudgetCost = 2.5m }),
        ("--costs c.csv --budget-cost 2.5 --per-cost", o => new(o)
        {
            CostsFrom = "c.csv",
            BudgetCost = 2.5m,
            PerCost = true,
        }),
        ("--rounds 3", o => new(o) { Rounds = 3 }),
        ("--noise 0.25", o => new(o) { Noise = 0.25 }),
        ("--noise 0.25 --noise-within-super-class", o => new(o) { Noise = 0.25, NoiseWithinSuperClass = true }),
        ("--labels-from l.csv", o => new(o) { LabelsFrom = "l.csv" }),
        ("--labels-column worker", o => new(o) { LabelsColumn = "worker" }),
        ("--seed 5", o => new(o) { Seed = 5 }),
        // of the VAE and of the task model
        ("--precision float32", o => new(o)
        {
            Vaal = new(o.Vaal) { Precision = Precision.Float32 },
            Task = new(o.Task) { Precision = Precision.Float32 },
        }),
        ("--no-flip", o => new(o) { Vaal = new(o.Vaal) { Flip = false }, Task = new(o.Task) { Flip = false } }),
        ("--latent 5", o => new(o) { Vaal = new(o.Vaal) { LatentDim = 5 } }),
    ];

    // what decides which images are read, and where the results go
    private static readonly string[] _others =
        ["--data", "--format", "--size", "--frame", "--strict", "--out", "--save", "--device", "--json", "--quiet",
            "--imbalance", "--copies", "--regions"];

    public static TheoryData<string> Networks => [.. _networks.Select(n => n.Typed)];

    public static TheoryData<string> Runs => [.. _runs.Select(r => r.Typed)];

    private static ParseResult Parse(IEnumerable<Option> options, string typed)
    {
        var command = new Command("simulate");
        foreach (var option in options) command.Options.Add(option);
        var parsed = command.Parse(typed);
        Assert.Empty(parsed.Errors);
        return parsed;
    }

    private static (SimulateArguments Arguments, ParseResult Parsed) Simulate(string typed)
    {
        var arguments = new SimulateArguments();
        return (arguments, Parse(arguments.Command.Options, $"--data d --out o {typed}"));
    }

    [Theory, MemberData(nameof(Networks))]
    public void Networks_AnOption_ChangesItsOwnValue(string typed)
    {
        var arguments = new VaalArguments();
        var expected = _networks.Single(n => n.Typed == typed).Becomes(VaalOptions.Balanced);
        Assert.Equal(AsJson.Of(expected), AsJson.Of(arguments.Of(Parse(arguments.All, typed))));
    }

    [Fact]
    public void Networks_WithoutAnOption_AreThePresetThatWorks()
    {
        var arguments = new VaalArguments(drawIsFree: true);
        Assert.Equal(AsJson.Of(VaalOptions.Balanced), AsJson.Of(arguments.Of(Parse(arguments.All, ""))));
        Assert.Equal(BatchDraw.Odds, arguments.Of(Parse(arguments.All, "--draw odds")).BatchDraw);
    }

    /// <summary>The help has them as text: to ask the library would slow every start.</summary>
    [Fact]
    public void Networks_NumbersInTheHelp_AreTheLibrarys()
    {
        var usual = VaalOptions.Balanced;
        (string Option, double? Value)[] numbers =
        [
            ("--iterations", usual.Iterations), ("--width", usual.Width), ("--latent", usual.LatentDim),
            ("--beta", usual.Beta), ("--lambda1", usual.Lambda1), ("--lambda2", usual.Lambda2),
            ("--vae-steps", usual.VaeSteps), ("--d-steps", usual.DiscriminatorSteps),
            ("--vae-lr", usual.VaeLearningRate), ("--d-lr", usual.DiscriminatorLearningRate),
            ("--batch", usual.BatchSize), ("--mini-queries", usual.MiniQueries),
        ];
        Assert.Equal(
            numbers.Select(n => FormattableString.Invariant($"{n.Option}: {n.Value})")),
            new VaalArguments().All.Where(o => o.Description!.Contains("(balanced: ", StringComparison.Ordinal))
                .Select(o => $"{o.Name}: {o.Description!.Split("(balanced: ")[1]}"));
        Assert.Equal(CommonOptions.EpochsOfEach,
            string.Join(", ", TaskModels.Names.Select(n => $"{TaskOptions.For(n).Epochs} for {n}")));
        Assert.Equal(CommonOptions.MinIterationsOfEach,
            string.Join(", ", TaskModels.Names.Select(n => $"{TaskOptions.For(n).MinIterations} for {n}")));
        Assert.Equal(["drn", "small-seg"], LearningTask.For(LabelForm.Masks).Models);
    }

    [Theory, MemberData(nameof(Runs))]
    public void Simulate_AnOption_ChangesItsOwnValue(string typed)
    {
        var (arguments, parsed) = Simulate(typed);
        var expected = _runs.Single(r => r.Typed == typed).Becomes(_usual);
        Assert.Equal(AsJson.Of(expected), AsJson.Of(arguments.Options(parsed, pool: 1_000)));
    }

    [Fact]
    public void Simulate_WithoutAnOption_IsThePapersShareOfThePool()
    {
        var (arguments, parsed) = Simulate("");
        Assert.Equal(AsJson.Of(_usual), AsJson.Of(arguments.Options(parsed, pool: 1_000)));
    }

    [Fact]
    public void Simulate_WhatIsRead_IsAsAsked()
    {
        var (arguments, parsed) = Simulate("--size 128 --frame 48x32 --strict");
        var loading = arguments.Loading(parsed);
        Assert.Equal((128, (48, 32), true), (loading.Size, loading.Frame, loading.Strict));
        var (usual, nothing) = Simulate("");
        Assert.Equal((32, null, false), (usual.Loading(nothing).Size, usual.Loading(nothing).Frame,
            usual.Loading(nothing).Strict));
    }

    [Theory]
    [InlineData("", 40)]
    [InlineData("--copies 3", 120)]
    // four classes of ten: 10, 10 / 3, 10 / 9 and 10 / 27 images of them, and at least one
    [InlineData("--imbalance 27", 15)]
    public void Simulate_HarderPool_HasAsManyImagesAsItShould(string typed, int images)
    {
        var harder = new HarderPoolArguments();
        using var data = harder.Of(Parse(harder.All, typed), TinyImages.Data(40), seed: 1);
        Assert.Equal(images, data.Pool.Count);
    }

    /// <summary>An option that is new has a line in the tables above.</summary>
    [Fact]
    public void Options_AllOfThem_AreTried()
    {
        string[] networks = [.. new VaalArguments().All.Select(o => o.Name)];
        Assert.Equal(networks.Order(), Named(_networks.Select(n => n.Typed)));
        var simulate = new SimulateArguments().Command.Options.Select(o => o.Name).Except(networks).Except(_others);
        Assert.Equal(simulate.Order(), Named(_runs.Select(r => r.Typed)).Except(networks));

        static IEnumerable<string> Named(IEnumerable<string> typed) => typed.SelectMany(t => t.Split(' '))
            .Where(w => w.StartsWith("--", StringComparison.Ordinal)).Distinct().Order();
    }
}
