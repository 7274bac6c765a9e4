using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary>The command line of <c>vaal simulate</c>: what to load, and the options of the run.</summary>
internal sealed class SimulateArguments
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "a folder, 'embedded', 'embedded-photos', or the name of a set that 'vaal data fetch' has "
            + "fetched",
        Required = true,
    };

    private readonly Option<string?> _format = new Option<string?>("--format")
    {
        Description = $"format of the data: {string.Join(", ", DataFormats.Names)}; default: detected",
    }.WithNames(DataFormats.Names);

    private readonly Option<int> _size = new("--size")
    {
        Description = "side of the squares that photographs are scaled to, in pixels: 32, 64, 128 or 256",
        DefaultValueFactory = _ => 32,
    };

    private readonly Option<string?> _frame = new("--frame")
    {
        Description = "size of images with masks, such as 240x180; default: that of the first, at most 256",
    };

    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "stop if a file cannot be used, instead of leaving it out",
    };

    private readonly Option<string> _strategy = CommonOptions.Strategy("vaal");

    private readonly Option<string> _features = new("--features")
    {
        Description = "what strategies compare images by: vae, task (the task model's features), "
            + $"an encoder ({string.Join(", ", PretrainedEncoders.Names)}), a .npy file with a row per image, "
            + "or an .onnx encoder",
        DefaultValueFactory = _ => "vae",
    };

    private readonly Option<bool> _encoderFlip = CommonOptions.EncoderFlip();

    private readonly Option<string> _task = CommonOptions.Task();

    private readonly Option<string> _classWeights = CommonOptions.ClassWeights();

    private readonly Option<string> _taskPreset = new Option<string>("--task-preset")
    {
        Description = $"how the task model is trained: {string.Join(", ", TaskOptions.Presets)}",
        DefaultValueFactory = _ => "default",
    }.WithNames(TaskOptions.Presets);

    private readonly Option<PixelReduction> _pixels = new("--pixels")
    {
        Description = "images with masks: how the scores of pixels become the score of an image",
    };

    private readonly Option<double> _topPixels = new("--top-pixels")
    {
        Description = "share of the pixels that --pixels top counts",
        DefaultValueFactory = _ => 0.05,
    };

    private readonly Option<int?> _taskEpochs = CommonOptions.TaskEpochs();
    private readonly Option<int?> _taskMinIterations = CommonOptions.TaskMinIterations();

    private readonly Option<int?> _initial = new("--initial")
    {
        Description = "labelled images at the start; default: 10% of the pool, at most 5,000",
    };

    private readonly Option<InitialDraw> _draw = new("--draw")
    {
        Description = "how the first images are drawn",
        DefaultValueFactory = _ => InitialDraw.Stratified,
    };

    private readonly Option<int[]> _without = new("--without-classes")
    {
        HelpName = "numbers",
        Description = "numbers of classes that the first images lack, separated by blanks, such as 1 5",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> _budget = new("--budget", "-n")
    {
        Description = "images to label per round; default: 5% of the pool, at most 2,500",
    };

    private readonly Option<int?> _candidates = new("--candidates")
    {
        Description = "choose images that differ from this many times the budget, as 'vaal next' does with 5; "
            + "default: the highest scores",
    };

    private readonly Option<string?> _costs = new("--costs")
    {
        Description = "CSV file of what each label costs: columns cost and path, or cost and index (number in the "
            + "pool)",
    };

    private readonly Option<decimal?> _budgetCost = new("--budget-cost")
    {
        Description = "what the labels of a round may cost together, instead of --budget",
    };

    private readonly Option<bool> _perCost = new("--per-cost")
    {
        Description = "rank by score per cost, for strategies that score every image alone",
    };

    public Option<int> Rounds { get; } = new("--rounds")
    {
        Description = "how often the task model is trained and tested",
        DefaultValueFactory = _ => 7,
    };

    private readonly Option<double> _noise = new("--noise")
    {
        Description = "share of the oracle's answers that are wrong, 0..1",
    };

    private readonly Option<bool> _noiseWithin = new("--noise-within-super-class")
    {
        Description = "wrong answers are classes of the same super-class (CIFAR-100)",
    };

    private readonly Option<string?> _labelsFrom = new("--labels-from")
    {
        Description = "CSV file of labels that people gave, instead of the truth: columns index and --labels-column",
    };

    private readonly Option<string> _labelsColumn = new("--labels-column")
    {
        Description = "column of --labels-from that holds the labels",
        DefaultValueFactory = _ => "label",
    };

    private readonly Option<long> _seed = CommonOptions.Seed();
    private readonly HarderPoolArguments _harder = new();
    private readonly VaalArguments _vaal = new();

    public Option<string> Output { get; } = new("--out")
    {
        Description = "folder for results and for continuing after a stop",
        Required = true,
    };

    public Option<bool> Save { get; } = new("--save")
    {
        Description = "keep the task model, the VAE and the discriminator of every round (safetensors)",
    };

    public Option<bool> Json { get; } = CommonOptions.Json();

    public Option<bool> Quiet { get; } = CommonOptions.Quiet();

    public Option<string> Device { get; } = CommonOptions.Device();

    public VaalCommand Command => new("simulate",
        "one run of active learning on a data set whose labels are known; the same command continues a stopped run",
        [
            "vaal simulate --data embedded --out runs/a              # built-in images",
            "vaal simulate --data photos --strategy margin --out runs/b    # photos/CLASS/*.jpg",
            "vaal simulate --data cifar10 --initial 1000 -n 500 --out runs/c",
            "vaal simulate --data photos --features resnet18 --strategy coverage --out runs/d    # a linear head",
            "vaal simulate --data posters --format multi-label --features resnet18 --out runs/e    # several classes",
        ],
        [
            _strict, _features, _encoderFlip, _classWeights, _taskPreset, _pixels, _topPixels, _taskEpochs,
            _taskMinIterations, _draw, _without, _candidates, _costs, _budgetCost, _perCost, _noise, _noiseWithin,
            _labelsFrom, _labelsColumn, .. _harder.All, Save, Device, .. _vaal.All,
        ])
    {
        _data, _format, _size, _frame, _strategy, _task, _initial, _budget, Rounds, _seed, Output, Json, Quiet,
    };

    /// <exception cref="InputException">the frame is no width and height</exception>
    public LoadOptions Loading(
        ParseResult parsed, Action<TrainEvent>? report = null, CancellationToken cancel = default) =>
        new(parsed.GetValue(_size), parsed.GetValue(_frame), parsed.GetValue(_strict), report: report, cancel: cancel);

    /// <summary>The options of the run.</summary>
    /// <param name="pool">images to choose from, which the defaults of --initial and --budget depend on</param>
    public LoopOptions Options(ParseResult parsed, int pool)
    {
        var networks = _vaal.Of(parsed);
        var task = new TaskOptions(ModelOf(parsed), parsed.GetValue(_taskPreset)!, parsed.GetValue(_taskEpochs),
            flip: _vaal.Flip(parsed), precision: _vaal.PrecisionIn(parsed),
            balanced: parsed.GetValue(_classWeights) == "balanced", minIterations: parsed.GetValue(_taskMinIterations));
        var features = parsed.GetValue(_features)!;
        return new(
            parsed.GetValue(_strategy)!,
            parsed.GetValue(_encoderFlip) ? PretrainedEncoders.Resolve(features, flip: true) : features,
            parsed.GetValue(_initial), parsed.GetValue(_budget), pool, parsed.GetValue(Rounds), parsed.GetValue(_seed),
            networks, task, parsed.GetValue(_draw) == InitialDraw.Stratified, parsed.GetValue(_without)!,
            parsed.GetValue(_candidates), parsed.GetValue(_costs), parsed.GetValue(_budgetCost),
            parsed.GetValue(_perCost),
            parsed.GetValue(_noise), parsed.GetValue(_noiseWithin),
            parsed.GetValue(_labelsFrom), parsed.GetValue(_labelsColumn)!,
            parsed.GetValue(_pixels), parsed.GetValue(_topPixels));
    }

    /// <summary>What is wrong whatever the data are: found before they are read.</summary>
    /// <exception cref="InputException">an option is out of range, or two exclude each other</exception>
    public void Check(ParseResult parsed)
    {
        _ = Options(parsed, int.MaxValue);
        if (parsed.GetValue(_budgetCost) is not null && parsed.GetValue(_budget) is not null)
            throw new InputException("--budget counts images and --budget-cost what they cost; give one of the two");
        if (Numbering(parsed, costs: true) is { } numbering && _harder.Changes(parsed))
            throw new InputException($"{numbering} numbers the images of the unchanged pool; "
                + "it cannot be used with --imbalance, --copies or --regions");
        CommonOptions.CheckNetwork(parsed, [_taskEpochs, _taskMinIterations], ModelOf(parsed));
        CommonOptions.CheckPixels(parsed, _pixels, _topPixels, ModelOf(parsed));
        // a bench gives them to all its strategies
        if (_vaal.DrawsFromRanking(parsed) && parsed.GetValue(_strategy) is not ("vaal" or "vaal-features"))
            throw new InputException("mini-queries and draws by odds are for 'vaal' and 'vaal-features', and the "
                + $"strategy is '{parsed.GetValue(_strategy)}'");
        if (parsed.GetValue(_labelsFrom) is null && CommonOptions.FirstGiven(parsed, [_labelsColumn]) is not null)
            throw new InputException("expected --labels-from FILE with --labels-column, found none");
    }

    /// <summary>The data set, with a test set, and the pool shaped as asked.</summary>
    /// <exception cref="InputException">it cannot be read, or a file numbers images that would be
    /// renumbered</exception>
    public DataSet Load(ParseResult parsed, LoadOptions loading)
    {
        var data = DataFormats.Load(parsed.GetValue(_data)!, loading, parsed.GetValue(_format));
        // costs of files are found by their paths
        if (Numbering(parsed, costs: data.Pool.Paths.Count == 0) is { } numbering && data.Test is not { Count: > 0 })
            throw new InputException($"{numbering} numbers the images of the unchanged pool; "
                + $"{data.Name} has no test images, and setting some apart changes the pool");
        var seed = parsed.GetValue(_seed);
        return _harder.Of(parsed, data.WithTest(seed), seed);
    }

    /// <summary>The first option given that is only for images with masks; null: none.</summary>
    public string? ForMasks(ParseResult parsed) => CommonOptions.FirstGiven(parsed, [_frame]);

    /// <summary>The first option given that is only for VAE and discriminator; null: none.</summary>
    public string? ForVae(ParseResult parsed) => CommonOptions.FirstGiven(
        parsed, _vaal.All.Where(o => o.Name is not ("--precision" or "--no-flip")));

    // the option whose file numbers the images of the unchanged pool; null: there is none
    private string? Numbering(ParseResult parsed, bool costs) =>
        parsed.GetValue(_labelsFrom) is not null ? "--labels-from"
        : costs && parsed.GetValue(_costs) is not null ? "--costs"
        : parsed.GetValue(_features)!.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? "--features" : null;

    /// <summary>As they are typed.</summary>
    private enum InitialDraw
    {
        Stratified,
        Uniform,
    }

    // features of an encoder are there already, and a head on them is fitted in seconds
    private string ModelOf(ParseResult parsed) =>
        parsed.GetResult(_task) is null or { Implicit: true } && parsed.GetValue(_taskPreset) == "default"
            && PretrainedEncoders.Names.Contains(parsed.GetValue(_features)!.Split('+')[0])
            ? CommonOptions.UsualHead : parsed.GetValue(_task)!;
}
