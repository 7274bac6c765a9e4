using Vaal.Cluster.Grains;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// The jobs that a worker has open: those that have work, as an encoder takes time and memory. Jobs that the cluster
/// forgot stay, because this worker can open them again.
/// </summary>
internal sealed class OpenJobs(IGrainFactory grains, WorkerOptions options) : IDisposable
{
    private readonly Dictionary<string, JobAtWorker> _jobs = [];
    private readonly EncoderShelf _shelf = new();
    private readonly SemaphoreSlim _opening = new(1);

    /// <summary>Nothing is left to do, as the cluster sees it.</summary>
    public static bool IsOver(Offer state) => state is Offer.Done or Offer.Cancelled or Offer.Failed
        or Offer.Unreadable;

    /// <summary>Those that have work, and whether these are all; the caller lets go of each.</summary>
    public async Task<(JobAtWorker[] Jobs, bool All)> Held(Action<string> sayOnce)
    {
        var all = true;
        var stores = await grains.GetGrain<IJobList>(0).Stores();
        await _opening.WaitAsync();
        try
        {
            foreach (var (name, address) in stores)
                if (options.Job is null || options.Job == name) all &= await Open(name, address, sayOnce);
            foreach (var job in _jobs.Values) job.Hold();
            return ([.. _jobs.Values], all);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Of a job that is over.</summary>
    public async Task Close(JobAtWorker job)
    {
        await _opening.WaitAsync();
        try
        {
            if (_jobs.GetValueOrDefault(job.Name) != job) return;
            _jobs.Remove(job.Name);
            job.LetGo();
        }
        finally
        {
            _opening.Release();
        }
    }

    public void Dispose()
    {
        foreach (var job in _jobs.Values) job.LetGo();
        _opening.Dispose();
    }

    /// <returns>false: nobody knows whether the job has work</returns>
    private async Task<bool> Open(string name, string address, Action<string> sayOnce)
    {
        try
        {
            if (_jobs.TryGetValue(name, out var known))
            {
                if (known.Store.Address == address && !known.IsStale()) return true;
                _jobs.Remove(name);
                known.LetGo();
            }
            var status = await grains.GetGrain<IJob>(name).Status();
            if (status.State == Offer.Unreadable) sayOnce($"job {name}: {status.Text}");
            if (status.State == Offer.Unknown || IsOver(status.State)) return true;
            _jobs.Add(name, JobAtWorker.Open(name, address, options, _shelf));
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            sayOnce($"job {name}: this worker cannot work on it: {e.Message}");
        }
        catch (Exception e) when (Worker.IsPassing(e))
        {
            sayOnce($"job {name}: the cluster does not answer ({e.GetType().Name}); trying again");
            return false;
        }
        return true;
    }
}
