using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Encoders;

namespace Vaal.Cluster;

/// <summary>
/// Jobs of a cluster: the commands <c>vaal cluster submit</c>, <c>status</c>, <c>cancel</c> and <c>run</c>.
/// </summary>
public sealed class ClusterJobs : IDisposable
{
    private const int MostUnreadable = 1_000;

    private readonly IHost? _host;
    private readonly IGrainFactory _grains;
    private readonly ClusterConnection _connection = new();
    private readonly Action<string>? _tell;

    private ClusterJobs(IHost host, ClusterConnection connection, Action<string>? tell) =>
        (_host, _grains, _connection, _tell) =
        (host, host.Services.GetRequiredService<IClusterClient>(), connection, tell);

    /// <param name="grains">of a cluster that the caller is connected to</param>
    internal ClusterJobs(IGrainFactory grains, Action<string>? tell = null) => (_grains, _tell) = (grains, tell);

    /// <summary>After which a wait says that nobody works.</summary>
    internal TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Names of the strategies that a job can choose by.</summary>
    public static IReadOnlyList<string> Strategies => JobStrategies.Names;

    /// <param name="patience">for how long a silo is looked for; null: 20 s, as one may be starting</param>
    /// <param name="tell">receives a line for what people should know: that no silo answers yet, or what is wrong with
    /// a job that is waited for</param>
    /// <exception cref="InputException">no silo answers</exception>
    public static ClusterJobs Connect(
        ClusterConnection connection, TimeSpan? patience = null, Action<string>? tell = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return new(ClusterHost.Started(ClusterHost.Client(ClusterHost.Valid(connection.Problems(), connection), "vaal",
            patience ?? TimeSpan.FromSeconds(20), tell), connection), connection, tell);
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
        InputException.ThrowIfAny(known.Problems());
        var (job, _) = JobMaker.Make(store, wanted, request.Pool, request.Root, request.S3,
            count => report?.Invoke(new("listing images", count, 0)), cancel);
        return new(job.Name, store.Address, job.Images, job.LeftOut);
    }

    /// <summary>Makes a job known to the cluster, so that workers begin, and waits until it is done.</summary>
    /// <param name="job">as <see cref="Prepare"/> made it</param>
    /// <param name="wait">false: it is only begun</param>
    /// <exception cref="InputException">another job has this name, the silos do not see the output store, or the job
    /// was cancelled or failed</exception>
    public void Submit(
        JobOutcome job, bool wait = true, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        Start(job.Name, job.Output);
        if (wait) Wait(job.Name, job.Output, report, cancel);
    }

    /// <exception cref="InputException">another job has this name, or the silos do not see the output store</exception>
    internal void Start(string name, string output)
    {
        if (Call(() => _grains.GetGrain<IJob>(name).Open(output)) is { } problem) throw new InputException(problem);
    }

    /// <exception cref="InputException">it was cancelled or failed</exception>
    internal void Wait(
        string name, string output, Action<TrainEvent>? report = null, CancellationToken cancel = default) =>
        WaitAnd(() => { }, name, output, report, cancel);

    /// <param name="meanwhile">called now and then, and once when the job is done</param>
    internal void WaitAnd(Action meanwhile, string name, string output, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        var (said, since, last) = (new HashSet<string>(), Stopwatch.GetTimestamp(), (default(Stage), 0));
        while (true)
        {
            var status = Call(() => _grains.GetGrain<IJob>(name).Status());
            meanwhile();
            if (status.State == Offer.Work)
                foreach (var line in Notes(status).Where(n => said.Add(Reason(n))))
                    _tell?.Invoke($"job {name}: {line}");
            if (status.Leased > 0 || last != (status.Stage, status.Done)) since = Stopwatch.GetTimestamp();
            last = (status.Stage, status.Done);
            if (status.State == Offer.Unknown) Start(name, output);                  // the cluster lost its state
            else if (status.State == Offer.Done) return;
            else if (status.State == Offer.Cancelled)
                throw new InputException($"the job {name} was cancelled; submit it again to continue");
            else if (status.State == Offer.Failed) throw new InputException($"the job {name} failed: {status.Text}");
            else if (status.State == Offer.Unreadable && Stopwatch.GetElapsedTime(since) >= 6 * Idle)
                throw new InputException($"a silo cannot read the job {name}: {status.Text}");
            else
            {
                var words = Stopwatch.GetElapsedTime(since) < Idle ? $"{LocalJob.Words(status.Stage)} on the cluster"
                    : Notes(status).FirstOrDefault("no worker takes shards; start 'vaal cluster worker'");
                report?.Invoke(new(words, status.Done, status.Count));
            }
            if (cancel.WaitHandle.WaitOne(500)) cancel.ThrowIfCancellationRequested();
        }
    }

    // the same of many shards is told once
    private static string Reason(string note) => note.StartsWith("shard ", StringComparison.Ordinal)
        ? note[(note.IndexOf(':', StringComparison.Ordinal) + 1)..] : note;

    private static IEnumerable<string> Notes(JobStatus status) =>
        (status.Text is { } note ? new[] { note } : [])
            .Concat(status.RefusedWorkers.Select(r => $"refused worker {r}"));

    /// <summary>How far all jobs are, or one.</summary>
    /// <exception cref="InputException">there is no job of that name</exception>
    public Report Status(string? name = null) => new JobsReport(Jobs(name));

    internal IReadOnlyList<JobProgress> Jobs(string? name = null)
    {
        string[] names = name is null ? [.. Call(() => _grains.GetGrain<IJobList>(0).Stores()).Keys.Order()] : [name];
        JobProgress[] known = [.. names.Select(n => Call(() => _grains.GetGrain<IJob>(n).Status()))
            .Where(s => s.State != Offer.Unknown).Select(s => new JobProgress(s))];
        return name is null || known.Length > 0 ? known
            : throw new InputException($"there is no job {name}; 'vaal cluster status' lists all");
    }

    /// <summary>Stops a job; submitted again, it goes on where it was.</summary>
    /// <exception cref="InputException">there is no job of that name, or it is done</exception>
    public void Cancel(string name)
    {
        _ = Jobs(name);
        if (Stop(name) is { } problem) throw new InputException(problem);
    }

    /// <summary>The same of a job that the cluster may have forgotten.</summary>
    /// <returns>why there was nothing to stop; null: it is stopped, or forgotten</returns>
    internal string? Stop(string name) => Call(() => _grains.GetGrain<IJob>(name).Cancel());

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
        var files = new JobFiles(OutputStore.Open(output, S3Options.At(s3Endpoint)));
        var job = files.NeedManifest();
        var picks = job.Strategy == JobManifest.FeaturesOnly ? [] : (files.Choice()
            ?? throw new InputException($"expected a job that is done in {output}, found none; 'vaal cluster status' "
                + "says how far it is")).Picks;
        var (count, first) = Unreadable(job, files);
        return new(job.Name, output, job.Images, job.LeftOut)
        {
            UnreadableCount = count,
            Unreadable = first,
            Picks = picks,
        };
    }

    /// <summary>Does a job, or every n-th shard of it, without a cluster.</summary>
    /// <exception cref="InputException">there is no job, this process has another model, another process came to
    /// another result, or the store cannot be written</exception>
    public static void RunLocally(string output, int index = 0, int of = 1, int threads = 1, string? s3Endpoint = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var files = new JobFiles(OutputStore.Open(output, S3Options.At(s3Endpoint)));
        var job = files.NeedManifest();
        using var tools = JobTools.Open(job, files, S3Options.At(s3Endpoint), threads);
        if (tools.Model != job.ModelDigest)
            throw new InputException($"expected the model {job.ModelDigest[..12]}, found {tools.Model[..12]}; "
                + "use the model, processor and version of vaal that the job began with");
        try
        {
            new LocalJob(job, files, tools.Maker).Run(index, of, report, cancel);
        }
        // the mix of machines is the user's, and so is the store
        catch (Exception e) when (e is ConflictException or StoreException)
        {
            throw new InputException(e.Message, e);
        }
    }

    public void Dispose()
    {
        if (_host is null) return;
        try { _host.StopAsync(TimeSpan.FromSeconds(1)).Wait(TimeSpan.FromSeconds(3)); }
        catch (AggregateException) { }                                               // the silos are gone
        _host.Dispose();
    }

    // the heads of the files are enough to count
    private static (int Count, IReadOnlyList<UnreadableImage> First) Unreadable(JobManifest job, JobFiles files)
    {
        var (count, first) = (0, new List<UnreadableImage>());
        for (var shard = 0; shard < job.Shards; shard++)
        {
            var name = JobFiles.File(Stage.Embed, shard);
            var head = RowFile.ReadHead(files.Store, name, job.FeatureDim);
            count += head.Count - head.WithFeatures;
            if (head.WithFeatures == head.Count || first.Count == MostUnreadable) continue;
            var entries = files.Entries(shard);
            first.AddRange(RowFile.Read(files.Need(Stage.Embed, shard), name).Problems
                .Take(MostUnreadable - first.Count).Select(p => new UnreadableImage(entries[p.Key].Location, p.Value)));
        }
        return (count, first);
    }

    // a silo may have gone with the question
    private T Call<T>(Func<Task<T>> ask)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return ask().GetAwaiter().GetResult();
            }
            catch (Exception e) when (Worker.IsPassing(e))
            {
                if (tries == 20) throw new InputException(NoAnswer.Words(e, _connection), e);
                if (tries == 2 && NoAnswer.Meanwhile(e, _connection, TimeSpan.FromSeconds(30)) is { } line)
                    _tell?.Invoke(line);
                Thread.Sleep(TimeSpan.FromSeconds(0.25 * Math.Min(tries, 8)));
            }
        }
    }
}
