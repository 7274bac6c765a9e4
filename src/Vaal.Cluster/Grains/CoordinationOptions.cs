using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Grains;

/// <summary>What silos and grains are told.</summary>
internal sealed record CoordinationOptions
{
    /// <summary>Of a lease; a worker renews it three times in that time.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How old what a job knows of its books may be.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMilliseconds(500);

    public S3Options S3 { get; init; } = new();

    /// <summary>Of which only elapsed time counts.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
