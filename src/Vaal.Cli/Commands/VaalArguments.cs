using System.CommandLine;
using System.Globalization;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary>The command line's view of <see cref="VaalOptions"/>: a preset, and what to change in it.</summary>
/// <param name="drawIsFree">the command has no option <c>--draw</c> of its own</param>
internal sealed class VaalArguments(bool drawIsFree = false)
{
    private static readonly VaalOptions Usual = VaalOptions.Balanced;

    private readonly Option<string> _preset = new Option<string>("--preset")
    {
        Description = $"how VAE and discriminator are trained: {string.Join(", ", VaalOptions.Presets.Keys)}",
        DefaultValueFactory = _ => "balanced",
    }.WithNames(VaalOptions.Presets.Keys);

    private readonly Option<double?> _epochs = new("--epochs") { Description = "how often the VAE sees every image" };

    private readonly Option<int?> _iterations =
        Whole("--iterations", "training iterations, instead of epochs", Usual.Iterations);
    private readonly Option<int?> _width = Whole("--width", "channels of the VAE's first layer", Usual.Width);
    private readonly Option<int?> _latent = Whole("--latent", "latent dimensions", Usual.LatentDim);
    private readonly Option<int?> _size = new("--vae-size")
    {
        Description = "side of the images that the VAE sees, in pixels: 32, 64, 128 or 256; "
            + "default: as they are if they have one of these sizes, else 128",
    };

    private readonly Option<double?> _beta = Number("--beta", "weight of the KL term", Usual.Beta);
    private readonly Option<double?> _lambda1 = Number("--lambda1", "weight of the transductive loss", Usual.Lambda1);
    private readonly Option<double?> _lambda2 = Number("--lambda2", "weight of the adversarial loss", Usual.Lambda2);
    private readonly Option<int?> _vaeSteps = Whole("--vae-steps", "VAE steps per iteration", Usual.VaeSteps);
    private readonly Option<int?> _dSteps =
        Whole("--d-steps", "discriminator steps per iteration", Usual.DiscriminatorSteps);
    private readonly Option<double?> _vaeRate = Number("--vae-lr", "learning rate of the VAE", Usual.VaeLearningRate);
    private readonly Option<double?> _dRate =
        Number("--d-lr", "learning rate of the discriminator", Usual.DiscriminatorLearningRate);
    private readonly Option<int?> _batch =
        Whole("--batch", "labelled images per step, and as many unlabelled ones", Usual.BatchSize);
    private readonly Option<int?> _miniQueries =
        Whole("--mini-queries", "slices of a batch; a new D is trained after each", Usual.MiniQueries);
    private readonly Option<BatchDraw?> _draw = new("--vaal-draw", drawIsFree ? ["--draw"] : [])
    {
        Description = "how a batch is taken; lowest: the images with the lowest D; odds: at random, images with low D "
            + "more often",
    };
    private readonly Option<string?> _precision = CommonOptions.Precision();
    private readonly Option<bool> _noFlip = CommonOptions.NoFlip();

    /// <summary>Every option, for <see cref="Terminal.VaalCommand.Advanced"/>.</summary>
    public IReadOnlyList<Option> All =>
    [
        _preset, _iterations, _epochs, _width, _latent, _size, _beta, _lambda1, _lambda2, _vaeSteps, _dSteps, _vaeRate,
        _dRate, _batch, _miniQueries, _draw, _precision, _noFlip,
    ];

    /// <exception cref="InputException">there is no such preset</exception>
    public VaalOptions Of(ParseResult parsed)
    {
        var name = parsed.GetValue(_preset)!;
        if (!VaalOptions.Presets.TryGetValue(name, out var o))
            throw new InputException($"no preset '{name}'; there are: {string.Join(", ", VaalOptions.Presets.Keys)}");
        var epochs = parsed.GetValue(_epochs);
        return o with
        {
            Width = parsed.GetValue(_width) ?? o.Width,
            Size = parsed.GetValue(_size) ?? o.Size,
            LatentDim = parsed.GetValue(_latent) ?? o.LatentDim,
            Beta = parsed.GetValue(_beta) ?? o.Beta,
            Lambda1 = parsed.GetValue(_lambda1) ?? o.Lambda1,
            Lambda2 = parsed.GetValue(_lambda2) ?? o.Lambda2,
            VaeSteps = parsed.GetValue(_vaeSteps) ?? o.VaeSteps,
            DiscriminatorSteps = parsed.GetValue(_dSteps) ?? o.DiscriminatorSteps,
            VaeLearningRate = parsed.GetValue(_vaeRate) ?? o.VaeLearningRate,
            DiscriminatorLearningRate = parsed.GetValue(_dRate) ?? o.DiscriminatorLearningRate,
            BatchSize = parsed.GetValue(_batch) ?? o.BatchSize,
            Epochs = epochs ?? o.Epochs,
            Iterations = parsed.GetValue(_iterations) ?? (epochs is null ? o.Iterations : null),
            MiniQueries = parsed.GetValue(_miniQueries) ?? o.MiniQueries,
            BatchDraw = parsed.GetValue(_draw) ?? o.BatchDraw,
            Precision = CommonOptions.PrecisionOf(parsed.GetValue(_precision)) ?? o.Precision,
            Flip = o.Flip && !parsed.GetValue(_noFlip),
        };
    }

    private static Option<int?> Whole(string name, string what, object? value) =>
        new(name) { Description = Balanced(what, value) };

    private static Option<double?> Number(string name, string what, object value) =>
        new(name) { Description = Balanced(what, value) };

    // other presets have other values
    private static string Balanced(string what, object? value) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} (balanced: {value})");
}
