namespace Vaal.Cluster.Work;

/// <summary>Makes the files of a job's shards: from images, or by the runs of a bench.</summary>
internal interface IShardMaker
{
    /// <param name="bar">what a score must beat to be in <see cref="ShardResult.Best"/>; null: nothing</param>
    /// <exception cref="IOException">something does not answer for now; another try may work</exception>
    /// <exception cref="Stores.BucketException">a bucket refuses this machine, or an object</exception>
    ShardResult Do(Stage stage, int shard, Bar? bar = null, CancellationToken cancel = default);

    /// <summary>Of a shard's file: equal digests, equal results.</summary>
    string DigestOf(byte[] file);
}
