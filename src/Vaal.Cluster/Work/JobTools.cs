using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Encoders;

namespace Vaal.Cluster.Work;

/// <summary>What a process needs to work on a job: of a job of images its encoder and a reader of images.</summary>
internal sealed class JobTools : IDisposable
{
    private readonly IDisposable[] _owned;

    private JobTools(string model, IShardMaker maker, params IDisposable[] owned) =>
        (Model, Maker, _owned) = (model, maker, owned);

    /// <summary>Of this process's encoder, or of its build of vaal; must be the job's.</summary>
    public string Model { get; }

    public IShardMaker Maker { get; }

    /// <exception cref="InputException">the job's encoder is not here</exception>
    public static JobTools Open(JobManifest job, JobFiles files, S3Options s3, int threads)
    {
        if (job.IsBench)
        {
            var runs = new BenchRuns(files);
            return new(Build.Digest, runs, runs);
        }
        var encoder = PretrainedEncoders.Open(job.Encoder, new EncoderContext());
        encoder.Load();
        var images = new ImageReader(job.Root, s3);
        return new(encoder.Digest, new ShardWork(job, files, encoder, images, threads), images, encoder);
    }

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
    }
}
