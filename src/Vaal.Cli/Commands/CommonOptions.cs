using System.CommandLine;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;

namespace Vaal.Cli.Commands;

/// <summary>Options that mean the same in every command.</summary>
internal static class CommonOptions
{
    private static readonly string[] Precisions = ["auto", "bf16", "float32"];

    public static Option<bool> Json() => new("--json") { Description = "print the results as one line of JSON" };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "no progress on standard error" };

    public static Option<long> Seed() => new("--seed")
    {
        Description = "decides every random draw",
        DefaultValueFactory = _ => 1,
    };

    public static Option<bool> EncoderFlip() => new("--encoder-flip")
    {
        Description = "features are the mean of those of an image and of its mirror image: twice the time",
    };

    public static Option<bool> NoFlip() => new("--no-flip")
    {
        Description = "no random mirroring, for digits, text and other images that must not be mirrored",
    };

    /// <summary>An option whose value is one of these names; the shell completes them.</summary>
    public static Option<T> WithNames<T>(this Option<T> option, IEnumerable<string> names)
    {
        option.CompletionSources.Add([.. names]);
        return option;
    }

    /// <summary>The names of those of these options that the user gave. The CPU is where everything is computed unless
    /// another device is named.</summary>
    public static IEnumerable<string> Given(ParseResult parsed, IEnumerable<Option> options) => options
        .Where(o => parsed.GetResult(o) is { Implicit: false, Tokens: not [{ Value: "cpu" }] }).Select(o => o.Name);

    /// <summary>The name of the first of these options that the user gave; null: none.</summary>
    public static string? FirstGiven(ParseResult parsed, IEnumerable<Option> options) =>
        Given(parsed, options).FirstOrDefault();

    public static Option<string> Strategy(string @default) => new Option<string>("--strategy")
    {
        Description = "how to choose images; 'vaal strategies' lists the names",
        DefaultValueFactory = _ => @default,
    }.WithNames(QueryStrategies.Names.Contains(@default) ? QueryStrategies.Names
        : [@default, .. QueryStrategies.Names]);

    /// <summary>The task model where nobody names one and no encoder's features are there.</summary>
    public const string UsualTask = "small-cnn";

    /// <summary>The task model on an encoder's features, unless another is named.</summary>
    public const string UsualHead = "linear";

    /// <summary>What <c>--encoder</c> says in place of a name.</summary>
    public const string NoEncoder = "none";

    public static Option<string> Task() => new Option<string>("--task")
    {
        Description = TaskModel,
        DefaultValueFactory = _ => UsualTask,
    }.WithNames([.. TaskModels.OnFeatures, .. TaskModels.Names]);

    /// <summary>What <c>--task</c> means in every command.</summary>
    public static string TaskModel =>
        $"task model: {string.Join(", ", TaskModels.Names)}; drn and small-seg learn masks; "
        + $"{UsualHead} (with an encoder the default), mlp and transductive learn from its features; "
        + "next refuses the last two";

    public static Option<string> ClassWeights()
    {
        var weights = new Option<string>("--class-weights")
        {
            Description = $"of the task model {UsualHead}: none, or balanced, which weighs rare classes more",
            DefaultValueFactory = _ => "none",
        };
        return weights.AcceptOnlyFromAmong("none", "balanced");
    }

    /// <summary>The library's own, for the help; a test compares them.</summary>
    public const string EpochsOfEach =
        "100 for drn, 10 for resnet18, 10 for small-cnn, 60 for small-seg, 10 for vgg16";

    public static Option<int?> TaskEpochs() => new("--task-epochs")
    {
        Description = $"how often the task model sees every labelled image; default: {EpochsOfEach}",
    };

    /// <summary>The library's own, for the help; a test compares them.</summary>
    public const string MinIterationsOfEach =
        "0 for drn, 200 for resnet18, 200 for small-cnn, 300 for small-seg, 200 for vgg16";

    public static Option<int?> TaskMinIterations() => new("--task-min-iterations")
    {
        Description = "fewest training iterations of the task model, however few its epochs; default: "
            + MinIterationsOfEach,
    };

    public static Option<string> Device()
    {
        var device =
            new Option<string>("--device") { Description = "where to compute", DefaultValueFactory = _ => "cpu" };
        return device.AcceptOnlyFromAmong([.. Devices.Names]);
    }

    public static Option<string?> Precision() => new Option<string?>("--precision")
    {
        Description = $"number format of convolutions: {string.Join(", ", Precisions)}",
    }.WithNames(Precisions);

    /// <summary>That no option for networks is given beside a head on features.</summary>
    /// <exception cref="InputException">one is</exception>
    public static void CheckNetwork(ParseResult parsed, IEnumerable<Option> options, string model)
    {
        if (TaskModels.OnFeatures.Contains(model) && FirstGiven(parsed, options) is { } given)
            throw new InputException($"expected a network with {given}, found {model}, a head on features that is "
                + $"trained to its end; leave {given} out, or give --task {UsualTask}");
    }

    /// <summary>That scores of pixels are asked for where there are some.</summary>
    /// <exception cref="InputException">they are not</exception>
    public static void CheckPixels(
        ParseResult parsed, Option<PixelReduction> pixels, Option<double> topPixels, string model)
    {
        if (FirstGiven(parsed, [pixels, topPixels]) is { } given && !TaskModels.Segments(model))
            throw new InputException($"expected --task drn or small-seg with {given}, found {model}");
        if (FirstGiven(parsed, [topPixels]) is not null && parsed.GetValue(pixels) != PixelReduction.Top)
            throw new InputException($"expected --pixels Top with --top-pixels, found {parsed.GetValue(pixels)}");
    }
}
