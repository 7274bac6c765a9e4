using Vaal.Data;

namespace Vaal.Encoders;

/// <summary>How features are made.</summary>
internal sealed record FeatureOptions
{
    /// <summary>Photographs with more pixels than this have no features.</summary>
    public long MaxPixels { get; init; } = new LoadOptions().MaxPixels;

    /// <summary>Threads that decode and encode; 0: libtorch's.</summary>
    public int Threads { get; init; }

    /// <summary>For another process that makes features in the same folder.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromHours(1);

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
