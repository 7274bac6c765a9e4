using System.Collections;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Hosting;
using Vaal.Cli.Terminal;
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

    /// <summary>A stand-in for a collector receives what the exporter sends over HTTP as protobuf.</summary>
    [Fact]
    public async Task Telemetry_ToACollector_HasMetricsAndTracesByTheirNames()
    {
        var endpoint = $"http://127.0.0.1:{Bench.LocalCluster.FreePort()}";
        using var collector = new HttpListener();
        collector.Prefixes.Add(endpoint + "/");
        collector.Start();
        var received = Task.Run(() => Receive(collector));
        var connection = new ClusterConnection(telemetry: Variables.OfTelemetry(new Hashtable
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["PATH"] = "/bin",
        }));
        Assert.Equal(2, connection.Telemetry.Count);
        var builder = ClusterHost.Builder(connection);
        ClusterHost.Telemetry(builder, connection, "vaal-worker");
        using (var host = ((HostApplicationBuilder)builder).Build())
        {
            await host.StartAsync();
            using (ClusterMetrics.Source.StartActivity("shard")) ClusterMetrics.Leased.Add(1);
            ClusterMetrics.Ended(Brought.Accepted, 8, TimeSpan.FromSeconds(1));
            ClusterMetrics.Returned.Add(1);
            await host.StopAsync();
        }                                                                            // what is left is sent here
        collector.Close();
        var sent = await received;
        string Sent(string path) => string.Concat(sent.Where(s => s.Path == path).Select(s => s.Text));
        foreach (var name in new[] { "vaal.shards.leased", "vaal.shards.ended", "vaal.shards.returned",
            "vaal.images.embedded", "vaal.lease.age", "vaal-worker" })
            Assert.Contains(name, Sent("/v1/metrics"));
        Assert.Contains("shard", Sent("/v1/traces"));
    }

    [Fact]
    public void Telemetry_WithoutAnEndpoint_IsOff() => Assert.Empty(Variables.OfTelemetry(new Hashtable
    {
        ["OTEL_SERVICE_NAME"] = "mine",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
    }));

    private static List<(string Path, string Text)> Receive(HttpListener collector)
    {
        var sent = new List<(string, string)>();
        try
        {
            while (true)
            {
                var context = collector.GetContext();
                using var body = new MemoryStream();
                context.Request.InputStream.CopyTo(body);
                // names are UTF-8 between the numbers of protobuf
                sent.Add((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            return sent;                                                             // it was stopped
        }
    }
}
