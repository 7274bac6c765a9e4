using System.Diagnostics;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// Asks for shards and does them: a client of the cluster, whose computing disturbs no silo. It may be killed at any
/// moment; what it had is leased again.
/// </summary>
internal sealed class Worker(IGrainFactory grains, WorkerOptions options, Action<string> say) : IDisposable
{
    private const int Tries = 6;

    private readonly OpenJobs _jobs = new(grains, options);
    private readonly HashSet<string> _said = [];
    private readonly SemaphoreSlim _benching = new(1);
    private int _busy;

    /// <summary>Shards that this worker did and that counted.</summary>
    public int Done { get; private set; }

    public async Task Run(CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, options.Leases)
            .Select(_ => Task.Run(() => Loop(stop), CancellationToken.None)));
    }

    public void Dispose()
    {
        _jobs.Dispose();
        _benching.Dispose();
    }

    private async Task Loop(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var (worked, left) = (false, false);
            JobAtWorker[] jobs = [];
            try
            {
                (jobs, var all) = await _jobs.Held(SayOnce);
                left = !all;
                foreach (var job in jobs)
                {
                    var offer = await Tried(job, stop);
                    worked |= offer == Offer.Work;
                    left |= offer is Offer.Work or Offer.Wait or Offer.Unknown;
                    if (OpenJobs.IsOver(offer)) await _jobs.Close(job);
                    if (worked || stop.IsCancellationRequested) break;
                }
            }
            catch (Exception e) when (IsPassing(e))
            {
                left = true;                                                         // silos come back, or others do
                SayOnce($"the cluster does not answer ({e.GetType().Name}); trying again");
            }
            finally
            {
                foreach (var job in jobs) job.LetGo();
            }
            if (options.UntilDone && !left && Volatile.Read(ref _busy) == 0) return;
            if (!worked) await Pause(options.Poll, stop);
        }
    }

    // a job whose store is away holds up no other
    private async Task<Offer> Tried(JobAtWorker job, CancellationToken stop)
    {
        try
        {
            return await Serve(job, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreException
            or BucketException)
        {
            SayOnce($"the files of the job {job.Name} cannot be read ({e.Message}); trying again");
            return Offer.Wait;
        }
        catch (Exception e) when (IsPassing(e))
        {
            SayOnce($"job {job.Name}: the cluster does not answer ({e.GetType().Name}); trying again");
            return Offer.Wait;
        }
    }

    private async Task<Offer> Serve(JobAtWorker job, CancellationToken stop)
    {
        if (!job.Manifest.IsBench) return await Leased(job, stop);
        // runs share the threads of libtorch
        if (!await _benching.WaitAsync(0, CancellationToken.None)) return Offer.Wait;
        try
        {
            return await Leased(job, stop);
        }
        finally
        {
            _benching.Release();
        }
    }

    private async Task<Offer> Leased(JobAtWorker job, CancellationToken stop)
    {
        var info = job.Info;
        var grain = grains.GetGrain<IJob>(job.Name);
        var found = await grain.Find(info);
        if (found.Offer == Offer.Unknown && job.IsOver) return Offer.Done;
        if (found.Offer == Offer.Unknown)
        {
            // the cluster lost its state; the files have everything
            if (await grain.Open(job.Store.Address) is { } problem) SayOnce($"job {job.Name}: {problem}");
            return Offer.Unknown;
        }
        if (found.Text is { } text) SayOnce($"job {job.Name}: {text}");
        if (found.Offer != Offer.Work) return found.Offer;
        var book = grains.GetGrain<IShardBook>($"{job.Name}/{found.Stage}/{found.Book}");
        if (await book.Take(job.Store.Address, info) is not { } lease) return Offer.Wait;
        Interlocked.Increment(ref _busy);
        try
        {
            // a worker that would give back every shard at once leaves time to those who can do them
            return await Work(job, book, lease with { Bar = found.Bar }, stop) ? Offer.Work : Offer.Wait;
        }
        finally
        {
            Interlocked.Decrement(ref _busy);
        }
    }

    /// <returns>false: this machine cannot do it now</returns>
    private async Task<bool> Work(JobAtWorker job, IShardBook book, ShardLease lease, CancellationToken stop)
    {
        using var activity = ClusterMetrics.Source.StartActivity("shard");
        activity?.SetTag("vaal.job", job.Name).SetTag("vaal.stage", lease.Stage).SetTag("vaal.shard", lease.Shard);
        ClusterMetrics.Leased.Add(1);
        var (started, store) = (Stopwatch.GetTimestamp(), job.Store.Address);
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var over = new CancellationTokenSource();
        var renewing = Renew(book, store, lease, lost, over.Token);
        var letIn = true;
        try
        {
            var (result, there) = await Task.Factory.StartNew(() => job.Do(lease, options, lost.Token),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var brought = await Again(() =>
                book.Complete(store, lease.Shard, lease.Epoch, result.Digest, there, result.LeftOut));
            ClusterMetrics.Ended(brought, lease.Stage == Stage.Embed ? job.Manifest.ImagesIn(lease.Shard) : 0,
                Stopwatch.GetElapsedTime(started));
            activity?.SetTag("vaal.outcome", brought);
            if (brought == Brought.Accepted) Done++;
            if (brought == Brought.Late)
                say($"job {job.Name}: shard {lease.Shard} came after its lease had ended; its result is refused");
            if (brought is Brought.Accepted or Brought.Known && result.Best.Count > 0)
                await grains.GetGrain<ITopB>(job.Name).Offer(job.Manifest.Budget,
                    [.. result.Best.Select(b => b.Id)], [.. result.Best.Select(b => b.Score)]);
        }
        catch (OperationCanceledException)
        {
            // by the user, or because the lease ended
            await GiveBack("the worker stopped", fatal: false);
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException
            or HttpRequestException or BucketException { IsOfThisMachine: true })
        {
            letIn = false;
            await GiveBack(e.Message, fatal: false);
        }
        catch (Exception e) when (!IsPassing(e))
        {
            await GiveBack(e is InputException ? e.Message : e.ToString(), fatal: true);
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }
        return letIn;

        async Task GiveBack(string reason, bool fatal)
        {
            if (!stop.IsCancellationRequested) SayOnce($"job {job.Name}: {reason}");
            ClusterMetrics.Returned.Add(1);
            await book.Return(store, lease.Shard, lease.Epoch, reason, fatal);
        }
    }

    // Three times a lease. A worker that slept longer than a lease finds out here, and stops.
    private static async Task Renew(IShardBook book, string store, ShardLease lease, CancellationTokenSource lost,
        CancellationToken over)
    {
        var last = Stopwatch.GetTimestamp();
        while (!over.IsCancellationRequested)
        {
            await Pause(lease.Length / 3, over);
            if (over.IsCancellationRequested) return;
            try
            {
                if (!await book.Renew(store, lease.Shard, lease.Epoch))
                {
                    await lost.CancelAsync();
                    return;
                }
                last = Stopwatch.GetTimestamp();
            }
            catch (Exception e) when (IsPassing(e) || e is IOException or UnauthorizedAccessException)
            {
                if (Stopwatch.GetElapsedTime(last) < lease.Length) continue;
                await lost.CancelAsync();
                return;
            }
        }
    }

    // a call may be lost with the silo that had it; again is nothing
    private static async Task<T> Again<T>(Func<Task<T>> call)
    {
        for (var (tries, pause) = (1, TimeSpan.FromMilliseconds(200)); ; tries++, pause *= 2)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (tries < Tries && IsPassing(e))
            {
                await Task.Delay(pause);
            }
        }
    }

    private void SayOnce(string line)
    {
        lock (_said)
        {
            if (!_said.Add(line)) return;
        }
        say(line);
    }

    private static async Task Pause(TimeSpan time, CancellationToken cancel) =>
        await Task.Delay(time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>
    /// What a silo or the membership store that goes away brings about; the next call may find another.
    /// </summary>
    internal static bool IsPassing(Exception e) =>
        e is TimeoutException or OperationCanceledException or ObjectDisposedException
        || e.GetType().Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true
        || e.GetType().Namespace?.StartsWith("StackExchange.Redis", StringComparison.Ordinal) == true
        || e is System.Net.Sockets.SocketException or InvalidOperationException { Source: "Orleans.Core" };
}
