using System.Text.Json.Serialization;
using Vaal.Strategies;

namespace Vaal.Experiments;

/// <summary>One run of a bench with all that another machine must know to do it.</summary>
internal sealed record BenchTask
{
    /// <summary><see cref="BenchCell.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>With absolute paths.</summary>
    public required BenchData Data { get; init; }

    /// <summary><see cref="Vaal.Data.DataSet.Fingerprint"/> of the images that the bench began with.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>With absolute paths.</summary>
    public required LoopOptions Options { get; init; }

    /// <summary>A name of <see cref="Devices"/>.</summary>
    public required string Device { get; init; }

    /// <summary>Of libtorch. Another number splits sums differently, and the results differ.</summary>
    public required int Threads { get; init; }

    /// <summary>Rounds that are finished already.</summary>
    [JsonIgnore]
    public IReadOnlyList<RoundResult> Rounds { get; init; } = [];

    /// <summary>Whether these rounds are all: the last one, or the one that found nothing left to choose.</summary>
    public bool IsOver(IReadOnlyList<RoundResult> rounds) =>
        rounds.Count >= Options.Rounds || rounds is [.., { Picks.Count: 0 }];

    public static BenchTask Of(BenchCell cell, BenchData data, string fingerprint, string device, int threads) => new()
    {
        Name = cell.Name,
        Data = data with { Data = Absolute(data.Data) },
        Fingerprint = fingerprint,
        Options = new(cell.Options)
        {
            CostsFrom = cell.Options.CostsFrom is { } costs ? Path.GetFullPath(costs) : null,
            LabelsFrom = cell.Options.LabelsFrom is { } labels ? Path.GetFullPath(labels) : null,
            Features = FeatureSource.IsFile(cell.Options.Features)
                ? Path.GetFullPath(cell.Options.Features) : cell.Options.Features,
        },
        Device = device,
        Threads = threads,
    };

    // a name of a data set stays a name: each machine has its own folder of data sets
    private static string Absolute(string data) => Path.Exists(data) ? Path.GetFullPath(data) : data;
}
