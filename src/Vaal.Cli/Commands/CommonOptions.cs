using System.CommandLine;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary>Options that mean the same in every command.</summary>
internal static class CommonOptions
{
    private static readonly Dictionary<string, Precision> Precisions = new() { ["auto"] = Vaal.Precision.Auto, ["bf16"] = Vaal.Precision.Bf16, ["float32"] = Vaal.Precision.Float32 };

    public static Option<bool> Json() => new("--json") { Description = "print the results as one line of JSON" };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "no progress on standard error" };

    public static Option<string> Device()
    {
        var device = new Option<string>("--device") { Description = "where to compute", DefaultValueFactory = _ => "cpu" };
        return device.AcceptOnlyFromAmong([.. Devices.Names]);
    }

    public static string PassesOfTask => $"passes over the labelled images, and at least so many batches: {string.Join("; ", TaskModels.Names.Select(n => $"{n} {TaskOptions.For(n).Epochs} when left out, {TaskOptions.For(n).MinIterations} batches"))}";

    public static Option<int?> TaskEpochs() => new("--task-epochs")
    {
        Description = PassesOfTask,
    };

    public static Option<string?> Precision() => new("--precision") { Description = $"numbers that convolutions are computed in: {string.Join(", ", Precisions.Keys)}" };

    /// <summary>The precision of that name; null where none is given.</summary>
    /// <exception cref="InputException">there is none of that name</exception>
    public static Precision? PrecisionOf(string? name) => name is null ? null
        : Precisions.TryGetValue(name, out var precision) ? precision : throw new InputException($"no precision '{name}'; there are: {string.Join(", ", Precisions.Keys)}");
}
