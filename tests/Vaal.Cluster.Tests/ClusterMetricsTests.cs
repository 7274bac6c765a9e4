using System.Diagnostics.Metrics;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster.Tests;

public sealed class ClusterMetricsTests
{
    [Fact]
    public void Ended_Shards_AreCountedByOutcomeAndImagesOnlyWhereTheyCount()
    {
        var (gate, seen) = (new Lock(), new List<(string Name, double Value, string Tag)>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == ClusterMetrics.Name) l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        ClusterMetrics.Ended(Brought.Accepted, 77_001, TimeSpan.FromSeconds(4_711));
        ClusterMetrics.Ended(Brought.Late, 77_002, TimeSpan.FromSeconds(4_712));
        lock (gate)
        {
            Assert.Contains(("vaal.images.embedded", 77_001, ""), seen);
            Assert.DoesNotContain(seen, s => s.Value == 77_002);
            Assert.Contains(("vaal.lease.age", 4_712, ""), seen);
            Assert.Contains(("vaal.shards.ended", 1, "Late"), seen);
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (gate) seen.Add((instrument.Name, value, tags.Length > 0 ? $"{tags[0].Value}" : ""));
        }
    }
}
