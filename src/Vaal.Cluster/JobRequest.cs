using Vaal.Cluster.Stores;

namespace Vaal.Cluster;

/// <summary>What is to be computed.</summary>
/// <param name="pool">a folder, a table, a tar archive, or <c>s3://bucket/prefix</c></param>
/// <param name="output">output store: a folder or <c>s3://bucket/prefix</c> that silos and workers reach too</param>
/// <param name="encoder">a name of the table of encoders, or the path of an <c>.onnx</c> file that every worker
/// has</param>
/// <param name="strategy">a name of <see cref="ClusterJobs.Strategies"/>, or <c>features</c></param>
/// <param name="budget">images to choose</param>
/// <param name="shardSize">images of a shard</param>
/// <param name="root">folder that the paths of a table are relative to; null: the table's</param>
/// <param name="s3Endpoint">address of a server of S3's protocol that is not Amazon's</param>
public sealed class JobRequest(
    string name, string pool, string output, string encoder, string strategy, int budget, long seed, int shardSize,
    string? root = null, string? s3Endpoint = null)
{
    internal string Name => name;

    internal string Pool => pool;

    internal string Output => output;

    internal string Encoder => encoder;

    internal string Strategy => strategy;

    internal int Budget => budget;

    internal long Seed => seed;

    internal int ShardSize => shardSize;

    internal string? Root => root;

    internal S3Options S3 { get; } = S3Options.At(s3Endpoint);
}
