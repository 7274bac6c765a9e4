using System.Security.Cryptography;
using System.Text;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;

namespace Vaal.Cluster;

/// <summary>
/// Makes the features of a workspace's images on a cluster: the same rows, bit for bit, that this machine would make.
/// Workers read the images and write the rows under the workspace's path, so that they must reach it.
/// </summary>
public sealed class ClusterFeatureMaker(ClusterConnection connection) : IFeatureMaker
{
    /// <summary>Images of one shard; few, because a workspace has few.</summary>
    private const int ShardSize = 1_000;

    FeatureRows? IFeatureMaker.Make(ImageSources sources, Func<Pool> pool, ICollection<string> notes,
        Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (sources.Encoder == ImageSources.NoEncoder)
            throw new InputException("expected an encoder, as --cluster makes its features, found none; "
                + "'vaal init --encoder resnet18' chooses one");
        if (PretrainedEncoders.Problem(sources.Encoder) is null && !PixelsVaeEncoder.Is(sources.Encoder))
            Embed(sources, notes, report, cancel);
        else
            notes.Add($"the features of {sources.Encoder} are made on this machine, not on the cluster");
        // what the cluster could not read is tried here once more, so that its problem is told as ever
        return SourceFeatures.Of(sources, pool, report, cancel, notes);
    }

    private void Embed(ImageSources sources, ICollection<string> notes, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        using var encoder = PretrainedEncoders.Open(sources.Encoder, new EncoderContext { State = sources.Folder });
        var store = FeatureStore.Open(sources.Folder, encoder);
        var root = ImageRoot.Of(sources.Root, sources.FollowLinks);
        // what lies outside of the image folder is refused here, not read there
        int[] missing = [.. store.Missing(sources.Files, cancel)
            .Where(i => root.FileOf(sources.Files[i].Path, out _) is not null)];
        if (missing.Length == 0) return;
        var entries = missing.Select(i => sources.Files[i])
            .Select(f => new PoolEntry(f.Path, null, f.Length, f.Modified)).Where(e => e.Problem is null).ToList();
        var name = NameOf(entries, encoder);
        var output = Path.Combine(sources.Folder, "cluster", name);
        var folder = OutputStore.Open(output);
        var job = JobMaker.Make(folder, new JobManifest
        {
            Name = name,
            Strategy = JobManifest.FeaturesOnly,
            Encoder = sources.Encoder,
            ModelDigest = encoder.Digest,
            FeatureDim = encoder.FeatureDim,
            Images = 1,
            ShardSize = ShardSize,
            PoolDigest = "",
        }, entries, root.Folder);
        using (var cluster = ClusterJobs.Connect(connection))
        {
            cluster.Start(name, output);
            cluster.Wait(name, output, report, cancel);
            cluster.Forget(name);
        }
        Take(store, sources.Files, new JobFiles(folder), job, missing, cancel);
        Directory.Delete(output, recursive: true);
        notes.Add($"{Counted.Of(missing.Length, "image was", "images were")} embedded on the cluster");
    }

    private static void Take(FeatureStore store, IReadOnlyList<SourceFile> files, JobFiles of, JobManifest job,
        int[] missing, CancellationToken cancel)
    {
        var byPath = missing.ToDictionary(i => files[i].Path, StringComparer.Ordinal);
        for (var shard = 0; shard < job.Shards; shard++)
        {
            cancel.ThrowIfCancellationRequested();
            var name = JobFiles.File(Stage.Embed, shard);
            var (rows, entries) = (RowFile.Read(of.Need(Stage.Embed, shard), name), of.Entries(shard));
            store.Add([.. Enumerable.Range(0, rows.Count).Where(i => rows.Has[i]).Select(i =>
                (files[byPath[entries[i].Location]], rows.Contents[i], rows.Row(i).ToArray()))], cancel);
        }
    }

    // the same images and model, the same job: a command that was stopped goes on with it
    private static string NameOf(IEnumerable<PoolEntry> entries, IEncoder encoder)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(Encoding.UTF8.GetBytes(encoder.Digest));
        foreach (var entry in entries) sum.AppendData(Encoding.UTF8.GetBytes(entry.ToLine()));
        return $"next-{Convert.ToHexStringLower(sum.GetHashAndReset(), 0, 8)}";
    }
}
