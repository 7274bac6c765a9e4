using System.Text.Json.Serialization;
using Vaal.Models;

namespace Vaal.Training;

/// <summary>How the two parts of the ELBO are scaled against each other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ElboScale>))]
internal enum ElboScale
{
    /// <summary>Squared error summed over pixels, KL summed over latent dimensions, both averaged over the batch: a
    /// proper ELBO.</summary>
    Summed,

    /// <summary>Squared error averaged over everything, KL summed over the batch, as the authors' code has it; the
    /// posterior collapses.</summary>
    Released,
}

/// <summary>Which μ the discriminator is trained on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiscriminatorInput>))]
internal enum DiscriminatorInput
{
    /// <summary>A fresh encoding with the batch's own BN statistics, as the authors' code has it.</summary>
    Train,

    /// <summary>A fresh encoding in eval mode: the very μ that the ranking will see.</summary>
    Eval,
}

/// <summary>BN statistics while ranking.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RankingMode>))]
internal enum RankingMode
{
    /// <summary>Running statistics, no flips: a score depends on its image alone.</summary>
    Eval,

    /// <summary>Batch statistics and random flips, as the authors' code has it: a score depends on its batch
    /// mates.</summary>
    Train,
}

/// <summary>
/// Everything that decides how the VAE and the discriminator are trained (Algorithm 1). The defaults are the preset
/// <c>balanced</c>; docs/strategies/vaal.md has the measurements behind them.
/// </summary>
public sealed class VaalOptions
{
    /// <summary>The preset that works; the default.</summary>
    internal static VaalOptions Balanced { get; } = new();

    /// <summary>The authors' released code to the letter (docs/strategies/vaal.md lists its quirks).</summary>
    internal static VaalOptions Official { get; } = new()
    {
        Width = 128,
        Scale = ElboScale.Released,
        JointForward = false,
        VaeSteps = 2,
        BatchSize = 128,
        Epochs = 100,
        Iterations = null,
        DiscriminatorInput = DiscriminatorInput.Train,
        Ranking = RankingMode.Train,
        HoldOut = 0,
    };

    /// <summary>The released code with the paper's constants for segmentation: z 128, λ2 25, batches of 8.</summary>
    internal static VaalOptions Segmentation { get; } = new(Official) { LatentDim = 128, Lambda2 = 25, BatchSize = 8 };

    /// <summary>Presets by name.</summary>
    internal static IReadOnlyDictionary<string, VaalOptions> ByPreset { get; } =
        new SortedDictionary<string, VaalOptions>(StringComparer.Ordinal)
        {
            ["balanced"] = Balanced,
            ["official"] = Official,
            ["segmentation"] = Segmentation
        }.AsReadOnly();

    /// <summary>Names of the presets: <c>balanced</c>, the one that works; <c>official</c>, the authors' released code
    /// to the letter (docs/strategies/vaal.md lists its quirks); <c>segmentation</c>, the same with the paper's
    /// constants for it.</summary>
    public static IReadOnlyCollection<string> Presets { get; } = [.. ByPreset.Keys];

    [JsonConstructor]
    internal VaalOptions() { }

    internal VaalOptions(VaalOptions from) => OptionsCopy.Fill(this, from);

    /// <summary>A preset with some of it changed. What is null stays as the preset has it; the numbers named here are
    /// those of <c>balanced</c>. Whoever trains with them refuses what is out of range.</summary>
    /// <param name="preset">one of <see cref="Presets"/></param>
    /// <param name="width">channels of the encoder's first layer, a multiple of 16 up to 1024: 16; the reference has
    /// 128</param>
    /// <param name="size">side of the squares that the VAE sees: 32, 64, 128 or 256; without it the images as they are
    /// where they are such squares, else 128</param>
    /// <param name="latentDim">z, dimensions of the latent, 1..4096: 32</param>
    /// <param name="beta">weight of the KL term (β of the β-VAE), 0 or more: 1</param>
    /// <param name="lambda1">weight of the transductive loss (Eq. 3), 0 or more: 1</param>
    /// <param name="lambda2">weight of the adversarial loss on the VAE (Eq. 3), relative to the ELBO's scale, 0 or
    /// more: 1</param>
    /// <param name="vaeSteps">VAE steps an iteration, at least 1: 1; every step after the first gets fresh
    /// batches</param>
    /// <param name="discriminatorSteps">discriminator steps an iteration, on the last batches, at least 1: 1</param>
    /// <param name="vaeLearningRate">Adam's for the VAE, over 0: 0.0005</param>
    /// <param name="discriminatorLearningRate">Adam's for the discriminator, over 0: 0.0005</param>
    /// <param name="batchSize">images in a labelled batch, and as many in an unlabelled one, 2..65536: 64</param>
    /// <param name="epochs">length of training in passes over the whole pool, over 0; takes the place of the preset's
    /// iterations</param>
    /// <param name="iterations">length of training in iterations, at least 1: 600; goes before
    /// <paramref name="epochs"/></param>
    /// <param name="miniQueries">slices that a batch is chosen in, at least 1: 1, the whole batch at once, as in the
    /// paper; a new D is trained after each</param>
    /// <param name="byOdds">true: draw a batch, or a slice of it, at random, by the odds (1 − D)/D that an image is
    /// unlabelled. False, as in the paper: take the images with the lowest D.</param>
    /// <param name="precision">numbers of the VAE's convolutions: <c>float32</c>; <c>bf16</c>
    /// where the processor multiplies it; <c>auto</c>, which trains in float32 and ranks as bf16 does</param>
    /// <param name="flip">random horizontal flips while training: true; false for images with a handedness, such as
    /// digits</param>
    /// <exception cref="InputException">there is no such preset or precision</exception>
    public VaalOptions(
        string preset = "balanced", int? width = null, int? size = null, int? latentDim = null, double? beta = null,
        double? lambda1 = null, double? lambda2 = null, int? vaeSteps = null, int? discriminatorSteps = null,
        double? vaeLearningRate = null, double? discriminatorLearningRate = null, int? batchSize = null,
        double? epochs = null, int? iterations = null, int? miniQueries = null, bool? byOdds = null,
        string? precision = null, bool? flip = null)
        : this(Named(preset))
    {
        (Width, Size, LatentDim) = (width ?? Width, size ?? Size, latentDim ?? LatentDim);
        (Beta, Lambda1, Lambda2) = (beta ?? Beta, lambda1 ?? Lambda1, lambda2 ?? Lambda2);
        (VaeSteps, DiscriminatorSteps) = (vaeSteps ?? VaeSteps, discriminatorSteps ?? DiscriminatorSteps);
        VaeLearningRate = vaeLearningRate ?? VaeLearningRate;
        DiscriminatorLearningRate = discriminatorLearningRate ?? DiscriminatorLearningRate;
        BatchSize = batchSize ?? BatchSize;
        (Epochs, Iterations) = (epochs ?? Epochs, iterations ?? (epochs is null ? Iterations : null));
        MiniQueries = miniQueries ?? MiniQueries;
        if (byOdds is { } odds) BatchDraw = odds ? BatchDraw.Odds : BatchDraw.Lowest;
        (Precision, Flip) = (Precisions.Of(precision) ?? Precision, flip ?? Flip);
    }

    /// <summary>Channels of the encoder's first layer, a multiple of 16 up to 1024; the reference has 128.</summary>
    [JsonInclude]
    internal int Width { get; init; } = 16;

    /// <summary>Side of the squares that the VAE sees: 32, 64, 128 or 256. Null: the images as they are where they are
    /// such squares, else 128.</summary>
    [JsonInclude]
    internal int? Size { get; init; }

    /// <summary>Z, dimensions of the latent, 1..4096.</summary>
    [JsonInclude]
    internal int LatentDim { get; init; } = 32;

    [JsonInclude]
    internal ElboScale Scale { get; init; } = ElboScale.Summed;

    /// <summary>Weight of the KL term (β of the β-VAE).</summary>
    [JsonInclude]
    internal double Beta { get; init; } = 1;

    /// <summary>Weight of the transductive loss (Eq. 3).</summary>
    [JsonInclude]
    internal double Lambda1 { get; init; } = 1;

    /// <summary>Weight of the adversarial loss on the VAE (Eq. 3), relative to the ELBO's scale.</summary>
    [JsonInclude]
    internal double Lambda2 { get; init; } = 1;

    /// <summary>Labelled and unlabelled images in one forward pass, so that they share BN statistics.</summary>
    [JsonInclude]
    internal bool JointForward { get; init; } = true;

    /// <summary>VAE steps an iteration; every step after the first gets fresh batches.</summary>
    [JsonInclude]
    internal int VaeSteps { get; init; } = 1;

    /// <summary>Discriminator steps an iteration, on the last batches.</summary>
    [JsonInclude]
    internal int DiscriminatorSteps { get; init; } = 1;

    [JsonInclude]
    internal DiscriminatorInput DiscriminatorInput { get; init; } = DiscriminatorInput.Eval;

    /// <summary>Adam's learning rate for the VAE.</summary>
    [JsonInclude]
    internal double VaeLearningRate { get; init; } = 5e-4;

    /// <summary>Adam's learning rate for the discriminator.</summary>
    [JsonInclude]
    internal double DiscriminatorLearningRate { get; init; } = 5e-4;

    /// <summary>Images in a labelled batch, and as many in an unlabelled one; 2..65536.</summary>
    [JsonInclude]
    internal int BatchSize { get; init; } = 64;

    /// <summary>More iterations than anybody waits for.</summary>
    internal const int MostIterations = 1_000_000_000;

    /// <summary>Length of training in passes over the whole pool: ⌊images · epochs / batch size⌋ iterations.</summary>
    [JsonInclude]
    internal double Epochs { get; init; } = 10;

    /// <summary>Length of training in iterations; null: as <see cref="Epochs"/> says.</summary>
    [JsonInclude]
    internal int? Iterations { get; init; } = 600;

    /// <summary>Random horizontal flips while training; off for images with a handedness, such as digits.</summary>
    [JsonInclude]
    internal bool Flip { get; init; } = true;

    [JsonInclude]
    internal RankingMode Ranking { get; init; } = RankingMode.Eval;

    /// <summary>Slices that a batch is chosen in; a new D is trained after each. 1: the whole batch at once, as in the
    /// paper.</summary>
    [JsonInclude]
    internal int MiniQueries { get; init; } = 1;

    /// <summary>How a batch, or a slice of it, is taken from D's ranking.</summary>
    [JsonInclude]
    internal BatchDraw BatchDraw { get; init; }

    [JsonInclude]
    internal Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Share of the labelled images, and up to four times as many unlabelled ones, kept out of training. They
    /// show whether D has learned or only memorised; 0: none.</summary>
    [JsonInclude]
    internal double HoldOut { get; init; } = 0.1;

    private static VaalOptions Named(string preset) => ByPreset.GetValueOrDefault(preset)
        ?? throw new InputException($"no preset '{preset}'; there are: {string.Join(", ", Presets)}");

    /// <summary>Side of the squares that the VAE sees of these images.</summary>
    internal int SizeFor(Data.ImageSet images) =>
        Size ?? (images.Height == images.Width && images.Height is 32 or 64 or 128 or 256 ? images.Height : 128);

    /// <summary>Iterations for a pool of <paramref name="images"/> images, labelled and unlabelled together.</summary>
    internal int IterationsFor(int images) =>
        Math.Max(1, Iterations ?? (int)Math.Min(MostIterations, Math.Floor(images * Epochs / BatchSize)));

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Width % 16 != 0 || Width is < 1 or > 1024)
            yield return $"width is {Width}; it must be a multiple of 16, 16..1024 (with other widths " +
                $"libtorch's convolutions read uninitialised memory)";
        if (Size is not (null or 32 or 64 or 128 or 256))
            yield return $"the VAE's image size is {Size}; it must be 32, 64, 128 or 256";
        if (LatentDim is < 1 or > 4096) yield return $"latent size is {LatentDim}; it must be 1..4096";
        if (BatchSize is < 2 or > 65_536) yield return $"batch size is {BatchSize}; it must be 2..65536";
        if (VaeSteps < 1) yield return $"VAE steps are {VaeSteps}; it must be at least 1";
        if (DiscriminatorSteps < 1) yield return $"discriminator steps are {DiscriminatorSteps}; it must be at least 1";
        if (Iterations is < 1 or > MostIterations)
            yield return $"iterations are {Iterations}; it must be 1..{MostIterations}";
        if (!(Epochs > 0) || !double.IsFinite(Epochs)) yield return $"epochs are {Epochs}; it must be above 0";
        if (MiniQueries < 1) yield return $"mini-queries are {MiniQueries}; it must be at least 1";
        if (MiniQueries > 1 && Ranking == RankingMode.Train)
            yield return $"mini-queries are {MiniQueries}, which need a preset that ranks in eval mode, such as "
                + "balanced";
        if (Unknown.Value("draw", BatchDraw) is { } noDraw) yield return noDraw;
        if (!(HoldOut is >= 0 and <= 0.5)) yield return $"hold-out is {HoldOut}; it must be 0..0.5";
        if (Unknown.Value("scale", Scale) is { } noScale) yield return noScale;
        if (Unknown.Value("ranking", Ranking) is { } noRanking) yield return noRanking;
        if (Unknown.Value("discriminator input", DiscriminatorInput) is { } noInput) yield return noInput;
        if (Unknown.Value("precision", Precision) is { } noPrecision) yield return noPrecision;
        foreach (var (name, value) in new[] { ("β", Beta), ("λ1", Lambda1), ("λ2", Lambda2) })
            if (!(value >= 0) || !double.IsFinite(value)) yield return $"{name} is {value}; it must be 0 or more";
        foreach (var (name, value) in new[] { ("VAE", VaeLearningRate), ("discriminator", DiscriminatorLearningRate) })
            if (!(value > 0) || !double.IsFinite(value))
                yield return $"the {name}'s learning rate is {value}; it must be above 0";
    }
}
