using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;

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

    /// <param name="shelf">of the process; null: this job has an encoder of its own</param>
    /// <exception cref="InputException">the job's encoder is not here</exception>
    public static JobTools Open(
        JobManifest job, JobFiles files, S3Options s3, int threads, EncoderShelf? shelf = null)
    {
        if (job.IsBench)
        {
            var runs = new BenchRuns(files);
            return new(Build.Digest, runs, runs);
        }
        var loan = (shelf ?? new()).Lend(job);
        var images = new ImageReader(job.Root, s3);
        return new(loan.Encoder.Digest, new ShardWork(job, files, loan.Encoder, images, threads), images, loan);
    }

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
    }
}
