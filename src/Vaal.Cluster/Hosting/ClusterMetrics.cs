using System.Diagnostics;
using System.Diagnostics.Metrics;
using Vaal.Cluster.Grains;

namespace Vaal.Cluster.Hosting;

/// <summary>What a worker tells of itself, for OpenTelemetry and whoever else listens.</summary>
internal static class ClusterMetrics
{
    public const string Name = "Vaal.Cluster";

    private static readonly Meter Meter = new(Name);

    public static ActivitySource Source { get; } = new(Name);

    public static Counter<long> Leased { get; } = Meter.CreateCounter<long>("vaal.shards.leased", "{shard}");

    public static Counter<long> Returned { get; } = Meter.CreateCounter<long>("vaal.shards.returned", "{shard}");

    private static Counter<long> Shards { get; } = Meter.CreateCounter<long>("vaal.shards.ended", "{shard}");

    private static Counter<long> Images { get; } = Meter.CreateCounter<long>("vaal.images.embedded", "{image}");

    private static Histogram<double> Ages { get; } = Meter.CreateHistogram<double>("vaal.lease.age", "s");

    public static void Ended(Brought outcome, int images, TimeSpan age)
    {
        Shards.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
        Ages.Record(age.TotalSeconds);
        if (outcome == Brought.Accepted) Images.Add(images);
    }
}
