using Orleans.Clustering.Redis;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// Whether a silo still stands in the membership table. Orleans does not look for a table that was lost: the silos that
/// live go on with what they remember, and nobody can join them.
/// </summary>
/// <param name="read">reads the table</param>
internal sealed class OwnRow(SiloAddress own, Func<Task<MembershipTableData>> read)
{
    /// <summary>In a row; one alone may be a write that is not done yet.</summary>
    private const int MostMissed = 2;

    private int _missed, _version;

    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(2);

    /// <summary>To be asked now and then; once true, it stays so.</summary>
    public async Task<bool> IsLost()
    {
        if (_missed >= MostMissed) return true;
        try
        {
            var table = await read();
            var version = table.Version.Version;
            // a table that begins anew counts from 0
            var there = version >= _version && table.Members.Any(m => m.Item1.SiloAddress.Equals(own));
            (_missed, _version) = there ? (0, version) : (_missed + 1, _version);
        }
        catch (RedisClusteringException)
        {
            _missed++;                                                               // there is no table
        }
        catch (Exception e) when (Worker.IsPassing(e) || e is Newtonsoft.Json.JsonException)
        {
            // Redis is away, or says nonsense, and nothing is known
        }
        return _missed >= MostMissed;
    }
}
