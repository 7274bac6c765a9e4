using System.Text.Json.Serialization;
using Vaal.Models;

namespace Vaal.Training;

/// <summary>How the learning rate moves over a training.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Schedule>))]
internal enum Schedule
{
    /// <summary>From the given rate down to 0 along half a cosine.</summary>
    Cosine,

    /// <summary>Up in a straight line for the first fifth, then down to 0 in another.</summary>
    OneCycle,

    /// <summary>Divided by 10 at every whole quarter of the iterations, as in the released code.</summary>
    QuarterSteps,

    /// <summary>From the given rate down to 0 along (1 − progress)^0.9: usual for masks (Chen et al. 2018).</summary>
    Poly,
}

/// <summary>
/// Everything that decides how a task model is trained. The defaults are the preset <c>default</c>, chosen by
/// measurement: docs/results/small-cnn.md.
/// </summary>
public sealed class TaskOptions
{
    /// <summary>Made for two cores without a GPU.</summary>
    internal static TaskOptions Default { get; } = new();

    /// <summary>The released code's network and recipe, without its quirk of training in eval mode, which hurts
    /// every strategy alike.</summary>
    internal static TaskOptions Official { get; } = new()
    {
        Model = "vgg16",
        Epochs = 100,
        ImagesPerEpoch = 50_000,
        MinIterations = 0,
        BatchSize = 128,
        LearningRate = 0.01,
        Schedule = Schedule.QuarterSteps,
        Nesterov = false,
        Shift = 0,
    };

    /// <summary>The presets by name.</summary>
    internal static IReadOnlyDictionary<string, TaskOptions> ByPreset { get; } =
        new SortedDictionary<string, TaskOptions> { ["default"] = Default, ["official"] = Official }.AsReadOnly();

    /// <summary>Names of the presets: <c>default</c>, for the model; <c>official</c>, the released code's recipe for
    /// classes of images, without its quirk of training in eval mode.</summary>
    public static IReadOnlyCollection<string> Presets { get; } = [.. ByPreset.Keys];

    /// <summary>For <c>small-seg</c> on two cores.</summary>
    internal static TaskOptions SmallSeg { get; } = new()
    {
        Model = "small-seg",
        Epochs = 60,
        MinIterations = 300,
        BatchSize = 8,
        LearningRate = 0.05,
        Nesterov = false,
        Schedule = Schedule.Poly,
        Shift = 16,
    };

    /// <summary>For <c>drn</c>: its authors' rate, momentum and decay with batches of 8 as in VAAL's paper, on whole
    /// images.</summary>
    internal static TaskOptions Drn { get; } = new()
    {
        Model = "drn",
        Epochs = 100,
        MinIterations = 0,
        BatchSize = 8,
        LearningRate = 0.01,
        Nesterov = false,
        WeightDecay = 1e-4,
        Schedule = Schedule.Poly,
        Shift = 0,
    };

    [JsonConstructor]
    internal TaskOptions() { }

    internal TaskOptions(TaskOptions from) => OptionsCopy.Fill(this, from);

    /// <summary>A preset for a task model, with some of it changed. What is null stays as the preset has it. Whoever
    /// trains with them refuses what is out of range.</summary>
    /// <param name="model">name in <see cref="TaskModels"/>, of a network or of a head on an encoder's features</param>
    /// <param name="preset">one of <see cref="Presets"/></param>
    /// <param name="epochs">passes over the labelled images; of <c>official</c>, over 50,000 images</param>
    /// <param name="batchSize">images a step, at least 2; fewer where there are fewer labels</param>
    /// <param name="learningRate">highest of the schedule, over 0 and up to 100</param>
    /// <param name="weightDecay">L2 penalty's factor, on every parameter; 0 or more and under 1</param>
    /// <param name="flip">mirror training images left to right at random</param>
    /// <param name="precision"><c>auto</c>, <c>float32</c> or <c>bf16</c>, of the convolutions in training; predictions
    /// are float32 in any case</param>
    /// <param name="balanced">weigh each class alike, whatever its share of the labels; of the task model
    /// <c>linear</c></param>
    /// <param name="minIterations">fewest iterations, however few the epochs; with 0 epochs, just these. 200; 300 for
    /// <c>small-seg</c>; <c>official</c> and <c>drn</c> have no such minimum, and need at least 1 epoch.</param>
    /// <exception cref="InputException">there is no such preset or precision, or the preset is not for this
    /// model</exception>
    public TaskOptions(
        string model = "small-cnn", string preset = "default", int? epochs = null, int? batchSize = null,
        double? learningRate = null, double? weightDecay = null, bool? flip = null, string? precision = null,
        bool balanced = false, int? minIterations = null)
        : this(Recipe(preset, model))
    {
        (Epochs, MinIterations) = (epochs ?? Epochs, minIterations ?? MinIterations);
        BatchSize = batchSize ?? BatchSize;
        (LearningRate, WeightDecay) = (learningRate ?? LearningRate, weightDecay ?? WeightDecay);
        (Flip, Precision, Balanced) = (flip ?? Flip, Precisions.Of(precision) ?? Precision, balanced);
    }

    private static TaskOptions Recipe(string preset, string model) => preset switch
    {
        "default" => For(model),
        "official" when TaskModels.OnFeatures.Contains(model) =>
            throw new InputException($"expected a network with --task-preset official, found {model}, a head on "
                + "features that is trained to its end; leave --task-preset official out, or give --task small-cnn"),
        "official" when HasRecipe(model) =>
            throw new InputException(
                $"the task preset official is for classes of images; {model} has one preset, default"),
        "official" => new(Official) { Model = model },
        _ => throw new InputException($"no task preset '{preset}'; there are: {string.Join(", ", Presets)}"),
    };

    /// <summary>How a task model is trained where nobody says otherwise.</summary>
    internal static TaskOptions For(string model) =>
        model == Drn.Model ? Drn : model == SmallSeg.Model ? SmallSeg : new(Default) { Model = model };

    /// <summary>Whether a model is trained by a recipe of its own.</summary>
    internal static bool HasRecipe(string? model) => model == Drn.Model || model == SmallSeg.Model;

    /// <summary>Name in <see cref="TaskModels"/>.</summary>
    [JsonInclude]
    internal string Model { get; init; } = "small-cnn";

    /// <summary>What the model is made for; null: there is no model of that name.</summary>
    internal LearningTask? Learns =>
        Model is not null && TaskModels.Names.Contains(Model) ? LearningTask.For(Model) : null;

    /// <summary>Passes over the labelled images; of <see cref="Official"/>, over 50,000 images.</summary>
    [JsonInclude]
    internal int Epochs { get; init; } = 10;

    /// <summary>Images that make one epoch; null: the labelled ones. With a number the length of a training does not
    /// depend on how many labels there are, as in the released code.</summary>
    [JsonInclude]
    internal int? ImagesPerEpoch { get; init; }

    /// <summary>Fewest iterations: with few labels, epochs are short. With 0 epochs, just these.</summary>
    [JsonInclude]
    internal int MinIterations { get; init; } = 200;

    /// <summary>Images a step, at least 2; fewer where there are fewer labels.</summary>
    [JsonInclude]
    internal int BatchSize { get; init; } = 32;

    /// <summary>Highest learning rate of the schedule, over 0 and up to 100.</summary>
    [JsonInclude]
    internal double LearningRate { get; init; } = 0.1;

    [JsonInclude]
    internal double Momentum { get; init; } = 0.9;

    [JsonInclude]
    internal bool Nesterov { get; init; } = true;

    /// <summary>L2 penalty's factor, on every parameter; 0 or more and under 1.</summary>
    [JsonInclude]
    internal double WeightDecay { get; init; } = 5e-4;

    [JsonInclude]
    internal Schedule Schedule { get; init; } = Schedule.OneCycle;

    /// <summary>Mirror training images left to right at random.</summary>
    [JsonInclude]
    internal bool Flip { get; init; } = true;

    /// <summary>Move training images at random by up to so many pixels; 0: not.</summary>
    [JsonInclude]
    internal int Shift { get; init; } = 4;

    /// <summary>Train on windows of so many pixels each way, cut out of the images at random, at most the whole of
    /// them; null: on whole images.</summary>
    [JsonInclude]
    internal int? Crop { get; init; }

    /// <summary>What a shift uncovers; of a mask, with <see cref="Border.Zero"/>, nothing that counts.</summary>
    [JsonInclude]
    internal Border Border { get; init; } = Border.Reflect;

    /// <summary>Share of the target that is spread over all classes, 0 ≤ s &lt; 1.</summary>
    [JsonInclude]
    internal double LabelSmoothing { get; init; }

    /// <summary>Train in eval mode: batch normalisation with the statistics it started with, no dropout. The released
    /// code does so by accident; off by default because it hurts every strategy alike.</summary>
    [JsonInclude]
    internal bool FrozenBatchNorm { get; init; }

    /// <summary>As of <see cref="VaalOptions.Precision"/>, of the task model's training; predictions are float32 in any
    /// case.</summary>
    // configurations from before it was there stay the same
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Weighs each class alike, whatever its share of the labels; of the task model <c>linear</c>.</summary>
    // configurations from before it was there stay the same
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal bool Balanced { get; init; }

    /// <summary>Length of a training on <paramref name="labelled"/> images: ⌊images · epochs / batch⌋, but not under
    /// the minimum.</summary>
    internal int IterationsFor(int labelled) =>
        (int)Math.Min(
            VaalOptions.MostIterations,
            Math.Max(MinIterations, (long)(ImagesPerEpoch ?? labelled) * Epochs / BatchSize));

    /// <summary>Learning rate of iteration <paramref name="iteration"/> (0, 1, …) of
    /// <paramref name="iterations"/>.</summary>
    internal double LearningRateAt(int iteration, int iterations)
    {
        var progress = (iteration + 0.5) / iterations;
        return Schedule switch
        {
            Schedule.Cosine => LearningRate * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            Schedule.OneCycle => LearningRate * Math.Min(progress / 0.2, (1 - progress) / 0.8),
            Schedule.Poly => LearningRate * Math.Pow(1 - (double)iteration / iterations, 0.9),
            Schedule.QuarterSteps => LearningRate / Math.Pow(10, Falls(iteration, iterations)),
            _ => throw new ArgumentOutOfRangeException(nameof(Schedule), Schedule, "no such schedule"),
        };
    }

    // under 4 iterations there is no quarter to step at (the released code divides by zero there)
    private static int Falls(int iteration, int iterations) => iterations < 4 ? 0 : iteration / (iterations / 4);

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Model is null) yield return "expected a value of Model, found null";
        else if (!TaskModels.Names.Contains(Model) && !TaskModels.OnFeatures.Contains(Model))
            yield return Unknown.Name("task model", Model, TaskModels.OnFeatures.Concat(TaskModels.Names));
        if (Balanced && Model != TaskModels.OnFeatures[0])
            yield return $"expected the task model {TaskModels.OnFeatures[0]} with balanced class weights, "
                + $"found {Model}";
        if (Epochs < 0) yield return $"task epochs are {Epochs}; it must be at least 0";
        if (Epochs == 0 && MinIterations == 0)
            yield return "task epochs are 0, and no fewest iterations are given, so that nothing would be learned; "
                + "give at least 1 epoch";
        if (ImagesPerEpoch is < 1)
            yield return $"images per epoch are {ImagesPerEpoch}; it must be at least 1, or nothing";
        if (MinIterations is < 0 or > VaalOptions.MostIterations)
            yield return $"the fewest task iterations are {MinIterations}; it must be 0..{VaalOptions.MostIterations}";
        if (BatchSize < 2)
            yield return $"the task model's batch size is {BatchSize}; it must be at least 2 (batch normalisation " +
                $"needs two images)";
        if (!(LearningRate is > 0 and <= 100))
            yield return $"the task model's learning rate is {LearningRate}; it must be over 0 and at most 100";
        if (!(Momentum is >= 0 and < 1)) yield return $"momentum is {Momentum}; it must be 0 or more and under 1";
        if (Nesterov && Momentum == 0) yield return "Nesterov's look-ahead needs a momentum over 0";
        if (!(WeightDecay is >= 0 and < 1))
            yield return $"weight decay is {WeightDecay}; it must be 0 or more and under 1";
        if (Unknown.Value("schedule", Schedule) is { } noSchedule) yield return noSchedule;
        if (Unknown.Value("border", Border) is { } noBorder) yield return noBorder;
        if (Unknown.Value("precision", Precision) is { } noPrecision) yield return noPrecision;
        if (Shift is < 0 or > 16) yield return $"shift is {Shift} pixels; it must be 0 to 16";
        if (Crop is < 16) yield return $"crop is {Crop} pixels; it must be at least 16, or nothing";
        if (!(LabelSmoothing is >= 0 and < 1))
            yield return $"label smoothing is {LabelSmoothing}; it must be 0 or more and under 1";
    }
}
