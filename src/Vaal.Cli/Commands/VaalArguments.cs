using System.CommandLine;

namespace Vaal.Cli.Commands;

/// <summary>The command line's view of <see cref="VaalOptions"/>: a preset, and what to change in it.</summary>
internal sealed class VaalArguments
{
    private readonly Option<string> _preset = new("--preset")
    {
        Description = $"how the VAE and the discriminator are trained: {string.Join(", ", VaalOptions.Presets.Keys)}",
        DefaultValueFactory = _ => "balanced",
    };

    private readonly Option<int?> _width = new("--width") { Description = Usual("channels of the VAE's first layer", VaalOptions.Balanced.Width) };
    private readonly Option<int?> _size = new("--vae-size") { Description = "side of the squares that the VAE sees: 32, 64, 128 or 256; the images' own where they are such, else 128" };
    private readonly Option<int?> _latent = new("--latent") { Description = Usual("latent dimensions", VaalOptions.Balanced.LatentDim) };
    private readonly Option<double?> _beta = new("--beta") { Description = Usual("weight of the KL term", VaalOptions.Balanced.Beta) };
    private readonly Option<double?> _lambda1 = new("--lambda1") { Description = Usual("weight of the transductive loss", VaalOptions.Balanced.Lambda1) };
    private readonly Option<double?> _lambda2 = new("--lambda2") { Description = Usual("weight of the adversarial loss", VaalOptions.Balanced.Lambda2) };
    private readonly Option<int?> _vaeSteps = new("--vae-steps") { Description = Usual("VAE steps an iteration", VaalOptions.Balanced.VaeSteps) };
    private readonly Option<int?> _dSteps = new("--d-steps") { Description = Usual("discriminator steps an iteration", VaalOptions.Balanced.DiscriminatorSteps) };
    private readonly Option<double?> _vaeRate = new("--vae-lr") { Description = Usual("Adam's learning rate for the VAE", VaalOptions.Balanced.VaeLearningRate) };
    private readonly Option<double?> _dRate = new("--d-lr") { Description = Usual("Adam's learning rate for the discriminator", VaalOptions.Balanced.DiscriminatorLearningRate) };
    private readonly Option<int?> _batch = new("--batch") { Description = Usual("labelled images a step, and as many unlabelled", VaalOptions.Balanced.BatchSize) };
    private readonly Option<double?> _epochs = new("--epochs") { Description = "passes over the pool" };
    private readonly Option<int?> _iterations = new("--iterations") { Description = Usual("iterations, in place of epochs", VaalOptions.Balanced.Iterations) };
    private readonly Option<string?> _precision = CommonOptions.Precision();
    private readonly Option<bool> _noFlip = new("--no-flip") { Description = "no random mirroring (for digits, text, anything with a handedness)" };

    // balanced's; other presets have others
    private static string Usual(string what, object? value) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{what} (balanced: {value})");

    private Option[] All => [_preset, _width, _size, _latent, _beta, _lambda1, _lambda2, _vaeSteps, _dSteps, _vaeRate, _dRate, _batch, _epochs, _iterations, _precision, _noFlip];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

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
            Precision = CommonOptions.PrecisionOf(parsed.GetValue(_precision)) ?? o.Precision,
            Flip = o.Flip && !parsed.GetValue(_noFlip),
        };
    }
}
