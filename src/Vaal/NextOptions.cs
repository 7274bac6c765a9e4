using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal;

/// <summary>How <c>vaal next</c> chooses.</summary>
public sealed class NextOptions
{
    [JsonConstructor]
    internal NextOptions() { }

    internal NextOptions(NextOptions from) => OptionsCopy.Fill(this, from);

    /// <summary>A choice of images. <c>Workspace.Next</c> refuses what is out of range.</summary>
    /// <param name="budget">how many to choose, at least 1. Null: as many as in the last round. In the first round that
    /// is a twentieth of the unlabelled images, 10 to 200.</param>
    /// <param name="strategy">name in <see cref="QueryStrategies"/>, or <c>auto</c>, the strategy that suits what there
    /// is. With an encoder's features it is <c>coverage</c>, and <c>uncertainty-coverage</c> from two labelled classes
    /// on. Without: <c>typiclust</c>, and <c>badge</c> from two labelled classes on. Where labels are masks and there
    /// are no features: <c>vaal</c>.</param>
    /// <param name="useFeatures">compare images by the features of the workspace's encoder, where it has one</param>
    /// <param name="diverse">never two images of one group of near-duplicates, and of the strategy's best images those
    /// that differ most; the strategy <c>random</c> is left as it is</param>
    /// <param name="candidates">how many of the best images a diverse batch is taken from, in multiples of the budget;
    /// 1: only near-duplicates are kept apart; null: 5</param>
    /// <param name="seed">decides every random draw</param>
    /// <param name="minutes">how long the VAE and the discriminator are to train, roughly: a short trial turns it into
    /// iterations, and these are recorded. Refused where the strategy trains neither. Null: as
    /// <paramref name="vaal"/> says.</param>
    /// <param name="thorough">train twice, with two seeds, and compare the rankings; refused where the strategy does
    /// not rank by the VAE and the discriminator of <c>vaal</c></param>
    /// <param name="vaal">null: the preset <c>balanced</c></param>
    /// <param name="task">null: the network <c>small-cnn</c></param>
    /// <param name="pixelReduction">of a task model that gives a class to each pixel: how the scores of pixels become
    /// an image's, or a region's</param>
    /// <param name="topPixels">share of the pixels that <see cref="PixelReduction.Top"/> looks at, over 0 and up to
    /// 1</param>
    /// <param name="regions">columns and rows that images are cut by, such as 4x3, so that the budget is one of
    /// regions; null: images are chosen whole</param>
    public NextOptions(
        int? budget = null, string strategy = Auto, bool useFeatures = true, bool diverse = true,
        int? candidates = null, long seed = 1, double? minutes = null, bool thorough = false, VaalOptions? vaal = null,
        TaskOptions? task = null, PixelReduction pixelReduction = PixelReduction.Mean, double topPixels = 0.05,
        string? regions = null)
    {
        (Budget, Strategy, Seed) = (budget, strategy, seed);
        (UseFeatures, Diverse, Candidates) = (useFeatures, diverse, candidates ?? Candidates);
        (Minutes, Thorough) = (minutes, thorough);
        (Vaal, Task) = (vaal ?? Vaal, task ?? Task);
        (PixelReduction, TopPixels, Regions) = (pixelReduction, topPixels, regions);
    }

    /// <summary>How many images to choose; null: as many as the workspace suggests.</summary>
    [JsonInclude]
    internal int? Budget { get; init; }

    /// <summary>
    /// The strategy that suits what there is. With an encoder's features: <c>coverage</c>, and
    /// <c>uncertainty-coverage</c> from two labelled classes on. Without: <c>typiclust</c>, and <c>badge</c> from two
    /// labelled classes on. Where labels are masks and there are no features: <c>vaal</c>.
    /// </summary>
    internal const string Auto = "auto";

    /// <summary>Name in <see cref="QueryStrategies"/>, or <see cref="Auto"/>.</summary>
    [JsonInclude]
    internal string Strategy { get; init; } = Auto;

    /// <summary>Compare images by the features of the workspace's encoder, where it has one.</summary>
    [JsonInclude]
    internal bool UseFeatures { get; init; } = true;

    /// <summary>Never two images of one group of near-duplicates, and of the strategy's best images those that differ
    /// most. The strategy <c>random</c> is left as it is.</summary>
    [JsonInclude]
    internal bool Diverse { get; init; } = true;

    /// <summary>How many of the best images a diverse batch is taken from, in multiples of the budget. 1: only
    /// near-duplicates are kept apart.</summary>
    [JsonInclude]
    internal int Candidates { get; init; } = 5;

    /// <summary>Decides every random draw.</summary>
    [JsonInclude]
    internal long Seed { get; init; } = 1;

    /// <summary>How long the VAE and the discriminator are to train, roughly: a short trial turns it into iterations,
    /// and these are recorded. Refused where the strategy trains neither. Null: as <see cref="Vaal"/> says.</summary>
    [JsonInclude]
    internal double? Minutes { get; init; }

    /// <summary>Train twice, with two seeds, and compare the rankings. Refused where the strategy does not rank by the
    /// VAE and the discriminator of <c>vaal</c>.</summary>
    [JsonInclude]
    internal bool Thorough { get; init; }

    /// <summary>A task model that gives a class to each pixel: how the scores of pixels become an image's, or a
    /// region's.</summary>
    [JsonInclude]
    internal PixelReduction PixelReduction { get; init; }

    /// <summary>Share of the pixels that <see cref="PixelReduction.Top"/> looks at, over 0 and up to 1.</summary>
    [JsonInclude]
    internal double TopPixels { get; init; } = 0.05;

    /// <summary>Columns and rows that images are cut by, such as 4x3, so that the budget is one of regions; null:
    /// images are chosen whole.</summary>
    [JsonInclude]
    internal string? Regions { get; init; }

    [JsonInclude]
    internal VaalOptions Vaal { get; init; } = VaalOptions.Balanced;

    [JsonInclude]
    internal TaskOptions Task { get; init; } = TaskOptions.Default;

    /// <summary>Favourites that the batch is thinned out from, in multiples of the budget. A batch that is drawn by
    /// odds or in slices is taken as it is.</summary>
    internal int CandidatesToThinOut => Diverse && !MiniQueries.AskedFor(Vaal) ? Candidates : 1;

    /// <summary>The strategy that these options stand for.</summary>
    /// <param name="features">an encoder's features are there</param>
    /// <param name="classes">how many classes a head could learn from the labels; of masks it does not count</param>
    /// <param name="task">what the images' labels are for</param>
    internal string StrategyFor(LearningTask task, bool features, int classes) =>
        Strategy != Auto ? Strategy : task.Strategy(features, classes);

    /// <summary>Why <see cref="Minutes"/>, <see cref="Thorough"/> or an option that somebody gave would change nothing;
    /// null: they would, or nobody asked for them.</summary>
    /// <param name="strategy">that these options stand for</param>
    /// <param name="encoder">an encoder's features are there</param>
    /// <param name="cold">nothing is labelled, and the strategy needs labels</param>
    /// <param name="given">names of options of the networks and of the batch, as they are typed</param>
    internal string? Unheeded(
        string strategy, bool encoder, bool cold = false, IReadOnlyList<string>? given = null)
    {
        var trains = Trains(strategy, encoder);
        // without features a first batch is spread over a VAE's latent, whatever the strategy
        var spreads = cold && !encoder;
        if (Minutes is not null && !trains && !spreads)
            return Refusal("--minutes", "trains a VAE and a discriminator on pixels");
        var asked = QueryStrategies.Create(strategy);
        // a variant of vaal trains other networks, and no second of them; what compares images has no ranking to judge
        if (Thorough && (!trains || !asked.JudgesAlone
            || strategy is "ta-vaal" or "vaal-frozen-vae" or "vaal-no-discriminator" or "vaal-no-vae"))
            return Refusal("--thorough", "ranks by the VAE and the discriminator of vaal");
        // the same command is given again, and stands for another strategy once there are labels
        if (Strategy == Auto && !encoder) return null;
        // the last has its own on features
        var (pair, task) = (trains || spreads || strategy == "vaal-features", asked.NeedsNetwork(encoder));
        return (given ?? []).Select(option => option switch
        {
            "--candidates" => asked.JudgesAlone ? null : Refusal(option, "scores each image by itself"),
            "--task-epochs" or "--task-min-iterations" => task ? null : Refusal(option, "trains a task model",
                $"--strategy entropy --task {(Task.Learns is null ? TaskOptions.Default.Model : Task.Model)}"),
            "--device" or "--no-flip" or "--precision" => pair || task ? null : Refusal(option, "trains a network"),
            _ => pair ? null : Refusal(option, "trains a VAE and a discriminator"),
        }).FirstOrDefault(refusal => refusal is not null);

        string Refusal(string option, string does, string instead = "--strategy vaal") =>
            $"expected a strategy that {does} with {option}, found {strategy}; leave out {option}, or add {instead}";
    }

    // Whether Networks trains a VAE of pixels for it, or a discriminator. One that somebody registered may ask for
    // either.
    private static bool Trains(string strategy, bool encoder) => strategy switch
    {
        // the second trains its own on features, which is not timed
        "random" or "vaal-features" => false,
        // beside a task model
        "ta-vaal" => true,
        // they compare images by the VAE's latent where there are no features
        "coverage" or "dal" or "drop-query" or "facility-location" or "prob-cover" or "typiclust"
            or "uncertainty-coverage" => !encoder,
        // what asks a task model trains that alone
        _ => !QueryStrategies.Create(strategy).NeedsNetwork(encoder: false),
    };

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        string[] missing = [.. LoopOptions.Missing(
            (nameof(Strategy), Strategy), (nameof(Vaal), Vaal), (nameof(Task), Task))];
        foreach (var problem in missing) yield return problem;
        if (missing.Length > 0) yield break;
        if (Budget < 1) yield return $"the budget is {Budget}; it must be at least 1";
        if (Strategy != Auto && !QueryStrategies.Names.Contains(Strategy))
            yield return Unknown.Name("query strategy", Strategy, QueryStrategies.Names);
        else if (Strategy != Auto && Task.Learns is { HasImageClasses: false }
            && QueryStrategies.Create(Strategy).NeedsImageClasses)
            yield return $"the strategy {Strategy} chooses by the class of an image, and {Task.Model} gives a class " +
                $"to each pixel";
        if (Task.Model == LinearLearner.Mlp)
            yield return $"expected a task model to choose by, found {Task.Model}: strategies on features fit a linear "
                + "head, which is at its minimum at once; give --task linear ('vaal train --task mlp' trains an mlp)";
        if (Task.Model == LinearLearner.Transductive)
            yield return $"expected a task model to choose by, found {Task.Model}: choices by it were measured to be "
                + "worse than those by linear; give --task linear ('vaal train --task transductive' trains one)";
        if (!(TopPixels is > 0 and <= 1))
            yield return $"the share of the highest pixels is {TopPixels}; it must be over 0 and at most 1";
        if (Regions is not null && Task.Learns is { Labels.ByPixel: false })
            yield return $"regions need a task model for pixels, found {Task.Model}; use one of: "
                + string.Join(", ", LearningTask.For(LabelForm.Masks).Models);
        if (Regions is not null
            && Sides.Problem(Regions, PoolShape.RegionsAre, PoolShape.RegionsExample) is { } noRegions)
            yield return noRegions;
        if (DiverseBatch.Problem(Candidates) is { } wrong) yield return wrong;
        if (Minutes is { } m && !(m > 0 && m < 1e5))
            yield return $"minutes are {m}; it must be above 0 and under 100000";
        if (MiniQueries.AskedFor(Vaal) && Strategy is not ("vaal" or "vaal-features"))
            yield return $"mini-queries and draws by odds are for 'vaal' and 'vaal-features', and the strategy is "
                + $"'{Strategy}'";
        foreach (var problem in Vaal.Problems().Concat(Task.Problems())) yield return problem;
    }
}
