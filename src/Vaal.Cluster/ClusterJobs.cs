using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Encoders;

namespace Vaal.Cluster;

/// <summary>What is to be computed.</summary>
public sealed record JobRequest
{
    public required string Name { get; init; }

    /// <summary>A folder, a table, a tar archive, or <c>s3://bucket/prefix</c>.</summary>
    public required string Pool { get; init; }

    /// <summary>Folder that the paths of a table are relative to; null: the table's.</summary>
    public string? Root { get; init; }

    /// <summary>Output store: a folder or <c>s3://bucket/prefix</c> that silos and workers reach too.</summary>
    public required string Output { get; init; }

    public string Encoder { get; init; } = "resnet18";

    public string Strategy { get; init; } = "coverage";

    public int Budget { get; init; } = 200;

    public long Seed { get; init; } = 1;

    public int ShardSize { get; init; } = JobManifest.DefaultShardSize;

    public string? S3Endpoint { get; init; }

    internal S3Options S3 => S3Endpoint is null ? new() : new() { Endpoint = S3Endpoint };
}

/// <summary>How far a job is, for people.</summary>
public sealed class JobProgress
{
    internal JobProgress(
        string name, string output, string state, string stage, int done, int shards, int leased, int expired,
        int refused, int returned, double oldestLease, int unreadable, double imagesASecond, double? secondsLeft,
        string? note, IReadOnlyList<string> refusedWorkers)
    {
        (Name, Output, State, Stage, Done, Shards, Leased) = (name, output, state, stage, done, shards, leased);
        (Expired, Refused, Returned, OldestLease) = (expired, refused, returned, oldestLease);
        (Unreadable, ImagesASecond, SecondsLeft, Note) = (unreadable, imagesASecond, secondsLeft, note);
        RefusedWorkers = refusedWorkers;
    }

    public string Name { get; internal init; }

    public string Output { get; internal init; }

    /// <summary><c>running</c>, <c>done</c>, <c>cancelled</c>, <c>failed</c> or <c>unknown</c>.</summary>
    public string State { get; internal init; }

    /// <summary>Embed, fit, score or choose.</summary>
    public string Stage { get; internal init; }

    /// <summary>Shards of the stage that are done.</summary>
    public int Done { get; internal init; }

    public int Shards { get; internal init; }

    /// <summary>Shards that a worker has now.</summary>
    public int Leased { get; internal init; }

    /// <summary>Leases that ended without a result.</summary>
    public int Expired { get; internal init; }

    /// <summary>Results that came too late.</summary>
    public int Refused { get; internal init; }

    /// <summary>Times that a worker gave a shard back.</summary>
    public int Returned { get; internal init; }

    /// <summary>In seconds.</summary>
    public double OldestLease { get; internal init; }

    /// <summary>Images that could not be read or decoded, as far as this cluster saw it.</summary>
    public int Unreadable { get; internal init; }

    public double ImagesASecond { get; internal init; }

    /// <summary>Of this stage; null: not known.</summary>
    public double? SecondsLeft { get; internal init; }

    /// <summary>What is wrong, or what was last; null: nothing.</summary>
    public string? Note { get; internal init; }

    public IReadOnlyList<string> RefusedWorkers { get; internal init; }
}

/// <summary>A chosen image.</summary>
public sealed class JobPickRow
{
    internal JobPickRow(int rank, int id, string location, float score) =>
        (Rank, Id, Location, Score) = (rank, id, location, score);

    public int Rank { get; internal init; }

    public int Id { get; internal init; }

    public string Location { get; internal init; }

    public float Score { get; internal init; }
}

/// <summary>What a job came to.</summary>
public sealed class JobOutcome
{
    internal JobOutcome(
        string name, string output, int images, int leftOut,
        IReadOnlyList<(string Location, string Problem)> unreadable, IReadOnlyList<JobPickRow> picks) =>
        (Name, Output, Images, LeftOut, Unreadable, Picks) = (name, output, images, leftOut, unreadable, picks);

    public string Name { get; internal init; }

    public string Output { get; internal init; }

    public int Images { get; internal init; }

    /// <summary>Entries of the pool that could not be used.</summary>
    public int LeftOut { get; internal init; }

    /// <summary>Images without features, with the reason.</summary>
    public IReadOnlyList<(string Location, string Problem)> Unreadable { get; internal init; }

    public IReadOnlyList<JobPickRow> Picks { get; internal init; }
}

/// <summary>
/// Jobs of a cluster: the commands <c>vaal cluster submit</c>, <c>status</c>, <c>cancel</c> and <c>run</c>.
/// </summary>
public sealed class ClusterJobs : IDisposable
{
    private const int MostUnreadable = 1_000;

    private readonly IHost _host;
    private readonly IGrainFactory _grains;

    private ClusterJobs(IHost host) => (_host, _grains) = (host, host.Services.GetRequiredService<IClusterClient>());

    /// <summary>Names of the strategies that a job can choose by.</summary>
    public static IReadOnlyList<string> Strategies => JobStrategies.Names;

    /// <exception cref="InputException">no silo answers</exception>
    public static ClusterJobs Connect(ConnectionSettings connection, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return new(Started(ClusterHost.Client(Valid(connection.Problems(), connection), "vaal",
            patience ?? TimeSpan.FromSeconds(20)), connection));
    }

    /// <summary>Makes the job's files; what is there already stays.</summary>
    /// <exception cref="InputException">the pool, the output or an option cannot be used</exception>
    public static JobOutcome Prepare(JobRequest request, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var encoder = PretrainedEncoders.Open(request.Encoder, new EncoderContext());
        encoder.Load();
        var store = OutputStore.Open(request.Output, request.S3);
        var wanted = new JobManifest
        {
            Name = request.Name,
            Strategy = request.Strategy,
            Budget = request.Budget,
            Seed = request.Seed,
            Encoder = request.Encoder.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
                ? Path.GetFullPath(request.Encoder) : request.Encoder,
            ModelDigest = encoder.Digest,
            FeatureDim = encoder.FeatureDim,
            Images = 1,
            ShardSize = request.ShardSize,
            PoolDigest = "",
        };
        var known = wanted with { Classes = ["", ""] };                               // the pool says which there are
        if (known.Problems().ToList() is { Count: > 0 } wrong) throw new InputException(string.Join("; ", wrong));
        var (job, _) = JobMaker.Make(store, wanted, request.Pool, request.Root, request.S3,
            count => report?.Invoke(new("listing images", count, 0)), cancel);
        return new(job.Name, store.Address, job.Images, job.LeftOut, [], []);
    }

    /// <summary>Makes the job known to the cluster; workers begin.</summary>
    /// <exception cref="InputException">another job has this name, or the silos do not see the output store</exception>
    public void Start(string name, string output)
    {
        if (Call(() => _grains.GetGrain<IJob>(name).Open(output)) is { } problem) throw new InputException(problem);
    }

    /// <summary>Waits until a job is done.</summary>
    /// <exception cref="InputException">it was cancelled or failed</exception>
    public void Wait(string name, string output, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        while (true)
        {
            var status = Call(() => _grains.GetGrain<IJob>(name).Status());
            if (status.State == Offer.Unknown) Start(name, output);                  // the cluster lost its state
            else if (status.State == Offer.Done) return;
            else if (status.State == Offer.Cancelled)
                throw new InputException($"the job {name} was cancelled; submit it again to go on");
            else if (status.State == Offer.Failed) throw new InputException($"the job {name} failed: {status.Text}");
            else report?.Invoke(new($"{Word(status.Stage)} on the cluster", status.Done, status.Count));
            if (cancel.WaitHandle.WaitOne(500)) cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>All jobs, or one.</summary>
    public IReadOnlyList<JobProgress> Status(string? name = null)
    {
        string[] names = name is null ? [.. Call(() => _grains.GetGrain<IJobList>(0).Stores()).Keys.Order()] : [name];
        return [.. names.Select(n => Progress(Call(() => _grains.GetGrain<IJob>(n).Status())))];
    }

    /// <summary>Stops a job; submitted again, it goes on where it was.</summary>
    public void Cancel(string name) => _ = Call(async () =>
    {
        await _grains.GetGrain<IJob>(name).Cancel();
        return true;
    });

    /// <summary>Takes a job out of the list; its files stay.</summary>
    internal void Forget(string name) => _ = Call(async () =>
    {
        await _grains.GetGrain<IJobList>(0).Remove(name);
        return true;
    });

    /// <summary>What the files of a job say.</summary>
    /// <exception cref="InputException">there is no job, or it is not done</exception>
    public static JobOutcome Outcome(string output, string? s3Endpoint = null)
    {
        S3Options s3 = s3Endpoint is null ? new() : new() { Endpoint = s3Endpoint };
        var files = new JobFiles(OutputStore.Open(output, s3));
        var job = files.NeedManifest();
        var picks = job.Strategy == JobManifest.FeaturesOnly ? [] : (files.Choice()
            ?? throw new InputException($"expected a job that is done in {output}, found none; 'vaal cluster status' "
                + "says how far it is")).Picks;
        return new(job.Name, output, job.Images, job.LeftOut, [.. Unreadable(job, files)],
            [.. picks.Select(p => new JobPickRow(p.Rank, p.Id, p.Location, p.Score))]);
    }

    /// <summary>Does a job, or every n-th shard of it, without a cluster.</summary>
    public static void RunLocally(string output, int index = 0, int of = 1, int threads = 1, string? s3Endpoint = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        S3Options s3 = s3Endpoint is null ? new() : new() { Endpoint = s3Endpoint };
        var files = new JobFiles(OutputStore.Open(output, s3));
        var job = files.NeedManifest();
        using var encoder = PretrainedEncoders.Open(job.Encoder, new EncoderContext());
        if (encoder.Digest != job.ModelDigest)
            throw new InputException($"expected the model {job.ModelDigest[..12]}, found {encoder.Digest[..12]}; "
                + "use the model, processor and version of vaal that the job began with");
        using var images = new ImageReader(job.Root, s3);
        new LocalJob(job, files, new(job, files, encoder, images, threads)).Run(index, of, report, cancel);
    }

    public void Dispose()
    {
        try { _host.StopAsync(TimeSpan.FromSeconds(1)).Wait(TimeSpan.FromSeconds(3)); }
        catch (AggregateException) { }                                               // the silos are gone
        _host.Dispose();
    }

    internal static T Valid<T>(IEnumerable<string> problems, T value) =>
        problems.ToList() is { Count: > 0 } wrong ? throw new InputException(string.Join("; ", wrong)) : value;

    internal static IHost Started(IHost host, ConnectionSettings connection)
    {
        try
        {
            host.StartAsync().GetAwaiter().GetResult();
            return host;
        }
        catch (Exception e) when (e is not InputException)
        {
            host.Dispose();
            throw new InputException($"expected a cluster '{connection.Cluster}' at {connection.Address}, found none "
                + $"that answers ({e.GetBaseException().Message}); start 'vaal cluster silo', or check the address "
                + "and the certificates", e);
        }
    }

    private static IEnumerable<(string, string)> Unreadable(JobManifest job, JobFiles files)
    {
        var told = 0;
        for (var shard = 0; shard < job.Shards && told < MostUnreadable; shard++)
        {
            var name = JobFiles.File(Stage.Embed, shard);
            var head = RowFile.ReadHead(files.Store, name, job.FeatureDim);
            if (head.WithFeatures == head.Count) continue;
            var entries = files.Entries(shard);
            foreach (var (image, problem) in RowFile.Read(files.Need(Stage.Embed, shard), name).Problems)
                if (told++ < MostUnreadable) yield return (entries[image].Location, problem);
        }
    }

    private static JobProgress Progress(JobStatus s) => new(s.Name, s.Store, s.State switch
    {
        Offer.Done => "done",
        Offer.Cancelled => "cancelled",
        Offer.Failed => "failed",
        Offer.Unknown => "unknown",
        _ => "running",
    }, s.Stage.ToString().ToLowerInvariant(), s.Done, s.Count, s.Leased, s.Expired, s.Refused, s.Returned,
        s.OldestLease, s.LeftOut, s.ShardsASecond * s.ShardSize, s.SecondsLeft, s.Text, s.RefusedWorkers);

    private static string Word(Stage stage) => stage switch
    {
        Stage.Embed => "embedding shards",
        Stage.Fit => "fitting",
        Stage.Score => "scoring shards",
        _ => "choosing",
    };

    // a silo may have gone with the question
    private static T Call<T>(Func<Task<T>> ask)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return ask().GetAwaiter().GetResult();
            }
            catch (Exception e) when (Worker.IsPassing(e))
            {
                if (tries == 20)
                    throw new InputException($"expected an answer of the cluster, found none ({e.Message})", e);
                Thread.Sleep(TimeSpan.FromSeconds(0.25 * Math.Min(tries, 8)));
            }
        }
    }
}
