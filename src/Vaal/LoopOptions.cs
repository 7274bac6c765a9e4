using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal;

/// <summary>One simulated run of active learning (Algorithm 2); saved as JSON beside its results.</summary>
public sealed class LoopOptions
{
    [JsonConstructor]
    internal LoopOptions() { }

    internal LoopOptions(LoopOptions from) => OptionsCopy.Fill(this, from);

    /// <summary>A run with a strategy. How many images are labelled is as in the paper; the networks are the presets
    /// that work on two cores.</summary>
    /// <param name="strategy">name in <see cref="QueryStrategies"/></param>
    /// <param name="features">what strategies compare images by. <c>vae</c>: the VAE's latent means; <c>task</c>: the
    /// task model's penultimate features; an encoder's name, such as <c>resnet18</c>, or its .onnx file; or the path of
    /// a .npy file, a row of features for each image of the pool. docs/data.md.</param>
    /// <param name="initial">labelled images before the first round, at least 2; null: 5,000, as in the paper</param>
    /// <param name="budget">images chosen a round (b in the paper), at least 1; null: 2,500</param>
    /// <param name="pool">images to choose from: without a number of their own, <paramref name="initial"/> is then 10%
    /// of them and <paramref name="budget"/> 5%, and at most the paper's numbers</param>
    /// <param name="rounds">how often the task model is trained and tested; between two rounds images are labelled.
    /// 1..100000</param>
    /// <param name="seed">decides every random draw</param>
    /// <param name="vaal">null: the preset <c>balanced</c></param>
    /// <param name="task">null: the network <c>small-cnn</c></param>
    /// <param name="stratified">draw the first images from every class alike; false: from all images at random</param>
    /// <param name="withoutClasses">classes, by number, that the first images lack: a biased initial pool</param>
    /// <param name="candidates">a batch of images that differ, as <c>vaal next</c> chooses one (of 5): of a strategy
    /// that judges images alone, so many times the budget are candidates, and those are taken that lie far from each
    /// other; null: those with the highest scores</param>
    /// <param name="costsFrom">a CSV file of what each label costs: its path; columns <c>cost</c> and <c>path</c>, or
    /// <c>index</c> where the images are not files</param>
    /// <param name="budgetCost">what the labels of a round may cost together, in the unit of
    /// <paramref name="costsFrom"/>; takes the place of <paramref name="budget"/></param>
    /// <param name="perCost">rank by benefit per cost, for strategies that score every image alone</param>
    /// <param name="noise">share of wrong answers of the oracle, 0..1</param>
    /// <param name="noiseWithinSuperClass">wrong answers are classes of the same super-class (CIFAR-100's coarse
    /// labels)</param>
    /// <param name="labelsFrom">a CSV file of labels that people gave, in place of the truth: its path. It has a column
    /// <c>index</c>, and <paramref name="labelsColumn"/> with a class for each image of the pool.</param>
    /// <param name="labelsColumn">the column of <paramref name="labelsFrom"/></param>
    /// <param name="pixelReduction">how the scores of pixels become an image's, where images have masks</param>
    /// <param name="topPixels">share of the pixels that <see cref="PixelReduction.Top"/> looks at, over 0 and up to
    /// 1</param>
    /// <exception cref="InputException">an option is out of range, or two exclude each other</exception>
    public LoopOptions(
        string strategy = "vaal", string features = "vae", int? initial = null, int? budget = null, int? pool = null,
        int rounds = 7, long seed = 1, VaalOptions? vaal = null, TaskOptions? task = null,
        bool stratified = true, IReadOnlyList<int>? withoutClasses = null, int? candidates = null,
        string? costsFrom = null, decimal? budgetCost = null, bool perCost = false,
        double noise = 0, bool noiseWithinSuperClass = false, string? labelsFrom = null, string labelsColumn = "label",
        PixelReduction pixelReduction = PixelReduction.Mean, double topPixels = 0.05)
        : this(pool is { } images ? ForPool(images) : new LoopOptions())
    {
        (Strategy, Features, Seed) = (strategy, features, seed);
        (Initial, Budget, Rounds) = (initial ?? Initial, budget ?? Budget, rounds);
        (Vaal, Task) = (vaal ?? Vaal, task ?? Task);
        Draw = stratified ? InitialDraw.Stratified : InitialDraw.Uniform;
        (WithoutClasses, Candidates) = (withoutClasses ?? WithoutClasses, candidates);
        (CostsFrom, BudgetCost, PerCost) = (costsFrom, budgetCost, perCost);
        (Noise, NoiseWithinSuperClass) = (noise, noiseWithinSuperClass);
        (LabelsFrom, LabelsColumn) = (labelsFrom, labelsColumn);
        (PixelReduction, TopPixels) = (pixelReduction, topPixels);
        InputException.ThrowIfAny(Problems());
    }

    [JsonInclude]
    internal string Strategy { get; init; } = "vaal";

    /// <summary>
    /// What strategies compare images by. <c>vae</c>: the VAE's latent means; <c>task</c>: the task model's penultimate
    /// features; or the path of a .npy file, a row of features for each image of the pool, or of an .onnx file, an
    /// encoder. docs/data.md.
    /// </summary>
    [JsonInclude]
    internal string Features { get; init; } = "vae";

    /// <summary>Labelled images before the first round, at least 2.</summary>
    [JsonInclude]
    internal int Initial { get; init; } = 5_000;

    [JsonInclude]
    internal InitialDraw Draw { get; init; } = InitialDraw.Stratified;

    /// <summary>Classes, by number, that the initial labelled images lack: a biased initial pool.</summary>
    [JsonInclude]
    internal IReadOnlyList<int> WithoutClasses { get; init; } = [];

    /// <summary>Images chosen a round (b in the paper), at least 1.</summary>
    [JsonInclude]
    internal int Budget { get; init; } = 2_500;

    /// <summary>A CSV file of what each label costs: its path; columns <c>cost</c> and <c>path</c>, or <c>index</c>
    /// where the images are not files.</summary>
    [JsonInclude]
    internal string? CostsFrom { get; init; }

    /// <summary>What the labels of a round may cost together, in the unit of <see cref="CostsFrom"/>; takes the place
    /// of <see cref="Budget"/>.</summary>
    [JsonInclude]
    internal decimal? BudgetCost { get; init; }

    /// <summary>Ranks by benefit per cost, for strategies that score every image alone.</summary>
    [JsonInclude]
    internal bool PerCost { get; init; }

    /// <summary>A batch of images that differ, as <c>vaal next</c> chooses one (of 5): of a strategy that judges images
    /// alone, so many times the budget are candidates, and those are taken that lie far from each other; null: those
    /// with the highest scores.</summary>
    [JsonInclude]
    internal int? Candidates { get; init; }

    /// <summary>How often the task model is trained and tested; between two rounds <see cref="Budget"/> images are
    /// labelled. 1..100000.</summary>
    [JsonInclude]
    internal int Rounds { get; init; } = 7;

    /// <summary>Share of wrong answers of the oracle, 0..1.</summary>
    [JsonInclude]
    internal double Noise { get; init; }

    /// <summary>Wrong answers are classes of the same super-class (CIFAR-100's coarse labels).</summary>
    [JsonInclude]
    internal bool NoiseWithinSuperClass { get; init; }

    /// <summary>A CSV file of labels that people gave, in place of the truth: its path. It has a column <c>index</c>,
    /// and <see cref="LabelsColumn"/> with a class for each image of the pool.</summary>
    [JsonInclude]
    internal string? LabelsFrom { get; init; }

    /// <summary>The column of <see cref="LabelsFrom"/>.</summary>
    [JsonInclude]
    internal string LabelsColumn { get; init; } = "label";

    [JsonInclude]
    internal long Seed { get; init; } = 1;

    [JsonInclude]
    internal VaalOptions Vaal { get; init; } = VaalOptions.Balanced;

    [JsonInclude]
    internal TaskOptions Task { get; init; } = TaskOptions.Default;

    /// <summary>How the scores of pixels become an image's, where images have masks.</summary>
    [JsonInclude]
    internal PixelReduction PixelReduction { get; init; }

    /// <summary>Share of the pixels that <see cref="PixelReduction.Top"/> looks at, over 0 and up to 1.</summary>
    [JsonInclude]
    internal double TopPixels { get; init; } = 0.05;

    /// <summary>A file that numbers the images of the pool as it comes, which nothing may then change; or
    /// null.</summary>
    [JsonInclude]
    internal string? NumbersImages =>
        LabelsFrom ?? CostsFrom ?? (FeatureSource.NumbersImages(Features) ? Features : null);

    /// <summary>Options whose numbers fit a pool: the paper's shares of it, 10% labelled first and 5% a round, and at
    /// most the paper's numbers.</summary>
    /// <param name="images">to choose from</param>
    internal static LoopOptions ForPool(int images)
    {
        var paper = new LoopOptions();
        return new(paper)
        {
            Initial = Math.Clamp(images / 10, 2, paper.Initial),
            Budget = Math.Clamp(images / 20, 1, paper.Budget),
        };
    }

    /// <summary>Every problem, not only the first; where an option is null that must not be, these alone.</summary>
    internal IEnumerable<string> Problems()
    {
        string[] missing = [.. Missing((nameof(Strategy), Strategy), (nameof(Features), Features),
            (nameof(WithoutClasses), WithoutClasses), (nameof(LabelsColumn), LabelsColumn), (nameof(Vaal), Vaal),
            (nameof(Task), Task))];
        foreach (var problem in missing) yield return problem;
        if (missing.Length > 0) yield break;
        if (!QueryStrategies.Names.Contains(Strategy))
            yield return Unknown.Name("query strategy", Strategy, QueryStrategies.Names);
        else if (Task.Learns is { HasImageClasses: false })
        {
            if (QueryStrategies.Create(Strategy).NeedsImageClasses)
                yield return $"the strategy {Strategy} chooses by the class of an image, and {Task.Model} gives a " +
                    $"class to each pixel";
            if (Noise > 0 || LabelsFrom is not null || WithoutClasses.Count > 0)
                yield return "noise, labels from a file and missing classes need one class per image, and these " +
                    "images have masks";
        }
        if (!(TopPixels is > 0 and <= 1))
            yield return $"the share of the highest pixels is {TopPixels}; it must be over 0 and at most 1";
        if (FeatureSource.Problem(Features) is { } noFeatures) yield return noFeatures;
        if (QueryStrategies.Problem(Strategy, Task.Model, FeatureSource.AreOfEncoder(Features)) is { } unasked)
            yield return unasked;
        else if (TaskModels.OnFeatures.Contains(Task.Model) && FeatureSource.AreOfTask(Features))
            yield return $"expected features of an encoder, or 'vae', with the task model {Task.Model}, found "
                + $"'{Features}': a head on features has none of its own; choose an encoder "
                + "such as resnet18 (--features, or \"features\" in a configuration)";
        if (Unknown.Value("draw", Draw) is { } noDraw) yield return noDraw;
        if (Unknown.Value("pixel reduction", PixelReduction) is { } noReduction) yield return noReduction;
        if (Initial < 2)
            yield return $"initial is {Initial}; it must be at least 2, so that a task model can learn";
        if (Budget < 1) yield return $"budget is {Budget}; it must be at least 1";
        if (CostsFrom is null != BudgetCost is null)
            yield return CostsFrom is null
                ? $"a budget of cost {BudgetCost} is given, and no file of costs; give both"
                : $"costs come from {CostsFrom}, and no budget of cost is given; give both";
        if (BudgetCost is <= 0) yield return $"the budget of cost is {BudgetCost}; it must be above 0";
        if (Candidates is { } candidates && DiverseBatch.Problem(candidates) is { } wrong) yield return wrong;
        if (Candidates is not null && BudgetCost is not null)
            yield return "candidates need a budget in images, and the budget is a cost; give one of the two";
        if (PerCost && CostsFrom is null) yield return "scores per cost need a file of costs, and none is given";
        if (PerCost && Vaal.MiniQueries > 1 && Strategy is ("vaal" or "vaal-features"))
            yield return "scores per cost need one ranking, and mini-queries make several; leave one of the two out";
        if (PerCost && QueryStrategies.Names.Contains(Strategy) && QueryStrategies.Create(Strategy) is var asked
            && (!asked.JudgesAlone || asked.Benefit(1) < 0))
            yield return $"'{Strategy}' does not score each image alone, so no score can be divided by a cost";
        if (Rounds is < 1 or > 100_000) yield return $"rounds are {Rounds}; it must be 1..100000";
        if (!(Noise is >= 0 and <= 1)) yield return $"noise is {Noise}; it must be 0..1";
        if (NoiseWithinSuperClass && Noise == 0)
            yield return "noise within super-classes needs a share of wrong answers, and noise is 0";
        if (LabelsFrom is not null && Noise > 0)
            yield return $"noise is {Noise} and labels come from {LabelsFrom}; give one of the two";
        foreach (var problem in Vaal.Problems().Concat(Task.Problems())) yield return problem;
    }

    /// <summary>A problem for each option that is null and must not be.</summary>
    internal static IEnumerable<string> Missing(params (string Name, object? Value)[] options) =>
        options.Where(o => o.Value is null).Select(o => $"expected a value of {o.Name}, found null");
}
