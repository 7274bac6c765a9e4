using System.Security.Cryptography;

namespace Vaal.Cluster.Work;

/// <summary>What a shard came to.</summary>
/// <param name="Bytes">of its file: the same on every worker with the same model</param>
/// <param name="Best">those of its scores that beat the bar that the lease carried</param>
/// <param name="LeftOut">images that cannot be read or decoded</param>
internal sealed record ShardResult(byte[] Bytes, IReadOnlyList<(int Id, float Score)> Best, int LeftOut = 0)
{
    /// <summary>Of what must be equal on every worker: of all bytes, unless times were measured.</summary>
    public string Digest { get; init; } = DigestOf(Bytes);

    public static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
