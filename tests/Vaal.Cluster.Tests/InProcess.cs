using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Vaal.Cluster.Grains;

namespace Vaal.Cluster.Tests;

/// <summary>Silos in this process, for the grains' tests.</summary>
public sealed class InProcess : IAsyncLifetime
{
    /// <summary>Of leases: the tests decide when they end.</summary>
    internal LeaseBookTests.ElapsedClock Clock { get; } = new();

    internal static TimeSpan Lease { get; } = TimeSpan.FromSeconds(30);

    internal InProcessTestCluster Cluster { get; private set; } = null!;

    internal IGrainFactory Grains => Cluster.Client;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage(JobList.Storage);
            silo.Services.AddSingleton(new CoordinationOptions
            {
                Lease = Lease,
                Refresh = TimeSpan.Zero,
                Clock = Clock,
            });
        });
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();
}
