using System.CommandLine;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary>The command line's view of <see cref="VaalOptions"/>: a preset, and what to change in it.</summary>
/// <param name="drawIsFree">the command has no option <c>--draw</c> of its own</param>
internal sealed class VaalArguments(bool drawIsFree = false)
{
    private readonly Option<string> _preset = new Option<string>("--preset")
    {
        Description = $"how VAE and discriminator are trained: {string.Join(", ", VaalOptions.Presets)}",
        DefaultValueFactory = _ => "balanced",
    }.WithNames(VaalOptions.Presets);

    private readonly Option<double?> _epochs = new("--epochs") { Description = "how often the VAE sees every image" };

    private readonly Option<int?> _iterations =
        Whole("--iterations", "training iterations, instead of epochs", "600");
    private readonly Option<int?> _width = Whole("--width", "channels of the VAE's first layer", "16");
    private readonly Option<int?> _latent = Whole("--latent", "latent dimensions", "32");
    private readonly Option<int?> _size = new("--vae-size")
    {
        Description = "side of the images that the VAE sees, in pixels: 32, 64, 128 or 256; "
            + "default: as they are if they have one of these sizes, else 128",
    };

    private readonly Option<double?> _beta = Number("--beta", "weight of the KL term", "1");
    private readonly Option<double?> _lambda1 = Number("--lambda1", "weight of the transductive loss", "1");
    private readonly Option<double?> _lambda2 = Number("--lambda2", "weight of the adversarial loss", "1");
    private readonly Option<int?> _vaeSteps = Whole("--vae-steps", "VAE steps per iteration", "1");
    private readonly Option<int?> _dSteps = Whole("--d-steps", "discriminator steps per iteration", "1");
    private readonly Option<double?> _vaeRate = Number("--vae-lr", "learning rate of the VAE", "0.0005");
    private readonly Option<double?> _dRate = Number("--d-lr", "learning rate of the discriminator", "0.0005");
    private readonly Option<int?> _batch =
        Whole("--batch", "labelled images per step, and as many unlabelled ones", "64");
    private readonly Option<int?> _miniQueries =
        Whole("--mini-queries", "slices of a batch; a new D is trained after each", "1");
    private readonly Option<BatchDraw?> _draw = new(
        drawIsFree ? "--draw" : "--vaal-draw", drawIsFree ? ["--vaal-draw"] : [])
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

    /// <exception cref="InputException">there is no such preset, or no such precision</exception>
    public VaalOptions Of(ParseResult parsed) =>
        new(parsed.GetValue(_preset)!,
            width: parsed.GetValue(_width),
            size: parsed.GetValue(_size),
            latentDim: parsed.GetValue(_latent),
            beta: parsed.GetValue(_beta),
            lambda1: parsed.GetValue(_lambda1),
            lambda2: parsed.GetValue(_lambda2),
            vaeSteps: parsed.GetValue(_vaeSteps),
            discriminatorSteps: parsed.GetValue(_dSteps),
            vaeLearningRate: parsed.GetValue(_vaeRate),
            discriminatorLearningRate: parsed.GetValue(_dRate),
            batchSize: parsed.GetValue(_batch),
            epochs: parsed.GetValue(_epochs),
            iterations: parsed.GetValue(_iterations),
            miniQueries: parsed.GetValue(_miniQueries),
            byOdds: parsed.GetValue(_draw) is { } draw ? draw == BatchDraw.Odds : null,
            precision: PrecisionIn(parsed),
            flip: Flip(parsed));

    /// <summary>False where mirroring was ruled out; null: as the preset has it.</summary>
    public bool? Flip(ParseResult parsed) => parsed.GetValue(_noFlip) ? false : null;

    /// <summary>The precision that was given; null: none.</summary>
    public string? PrecisionIn(ParseResult parsed) => parsed.GetValue(_precision);

    /// <summary>Whether a batch is taken in slices or by odds, which only a ranking by D can do.</summary>
    public bool DrawsFromRanking(ParseResult parsed) =>
        parsed.GetValue(_miniQueries) is not (null or 1) || parsed.GetValue(_draw) is not (null or BatchDraw.Lowest);

    private static Option<int?> Whole(string name, string what, string value) =>
        new(name) { Description = Balanced(what, value) };

    private static Option<double?> Number(string name, string what, string value) =>
        new(name) { Description = Balanced(what, value) };

    /// <summary>As they are typed.</summary>
    private enum BatchDraw
    {
        Lowest,
        Odds,
    }

    // the library's own number; a test compares them. Other presets have other values.
    private static string Balanced(string what, string value) => $"{what} (balanced: {value})";
}
