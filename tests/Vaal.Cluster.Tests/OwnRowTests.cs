using System.Net;
using Orleans.Clustering.Redis;
using StackExchange.Redis;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster.Tests;

/// <summary>A silo that Redis forgot finds out.</summary>
public sealed class OwnRowTests
{
    private static readonly SiloAddress Own = SiloAddress.New(IPAddress.Loopback, 11_111, 1),
        Other = SiloAddress.New(IPAddress.Loopback, 11_112, 1);

    [Fact]
    public async Task IsLost_RowThatIsMissingTwiceInARow_IsLost() =>
        Assert.Equal<bool[]>([false, false, false, false, true, true], await Asked(Table(5, Own), Table(6, Other),
            Table(7, Own, Other), Table(8), Table(9, Other), Table(9, Own)));

    /// <summary>Silos that begin anew write a table of lower versions.</summary>
    [Fact]
    public async Task IsLost_TableThatIsMissingOrAnother_IsLost() =>
        Assert.Equal<bool[]>([false, false, true],
            await Asked(Table(5, Own), Failing(new RedisClusteringException("missing")), Table(1, Own)));

    [Fact]
    public async Task IsLost_RedisThatIsAway_SaysNothing() =>
        Assert.Equal<bool[]>([false, false, false, false], await Asked(Table(5, Own), Away(), Away(), Table(5, Own)));

    private static Func<Task<MembershipTableData>> Away() =>
        Failing(new RedisTimeoutException("away", CommandStatus.WaitingInBacklog));

    private static Func<Task<MembershipTableData>> Failing(Exception e) =>
        () => Task.FromException<MembershipTableData>(e);

    private static Func<Task<MembershipTableData>> Table(int version, params SiloAddress[] silos)
    {
        var rows = silos.Select(s => Tuple.Create(new MembershipEntry { SiloAddress = s }, "1")).ToList();
        return () => Task.FromResult(new MembershipTableData(rows, new TableVersion(version, "1")));
    }

    private static async Task<bool[]> Asked(params Func<Task<MembershipTableData>>[] answers)
    {
        var left = new Queue<Func<Task<MembershipTableData>>>(answers);
        var row = new OwnRow(Own, () => left.Dequeue()());
        var found = new List<bool>();
        foreach (var _ in answers) found.Add(await row.IsLost());
        return [.. found];
    }
}
