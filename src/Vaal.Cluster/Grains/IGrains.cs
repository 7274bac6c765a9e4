using Vaal.Cluster.Work;

namespace Vaal.Cluster.Grains;

/// <summary>The jobs that this cluster knows; one grain.</summary>
internal interface IJobList : IGrainWithIntegerKey
{
    Task<IReadOnlyDictionary<string, string>> Stores();

    /// <summary>Adds a job, or says which store has its name already.</summary>
    Task<string?> Add(string job, string store);

    Task Remove(string job);
}

/// <summary>One job, by its name: which stage it is at, and which book has work.</summary>
internal interface IJob : IGrainWithStringKey
{
    /// <summary>Takes the job up from its store; again is nothing.</summary>
    /// <returns>why it cannot; null: it is open</returns>
    Task<string?> Open(string store);

    Task<Found> Find(WorkerInfo worker);

    Task<JobStatus> Status();

    /// <summary>Stops the job: no more leases, and renewals are refused.</summary>
    /// <returns>why there is nothing to stop; null: it is stopped, or nobody knows it</returns>
    Task<string?> Cancel();
}

/// <summary>At most 1,024 shards of one stage: <c>job/stage/number</c>.</summary>
internal interface IShardBook : IGrainWithStringKey
{
    /// <summary>Leases a shard; null: none is free.</summary>
    Task<ShardLease?> Take(string store, WorkerInfo worker);

    Task<bool> Renew(string store, int shard, long epoch);

    /// <summary>Brings the digest of a file that was written.</summary>
    /// <param name="there">the digest of the file that was there before; null: this worker wrote it</param>
    /// <param name="leftOut">images of the shard that cannot be read</param>
    Task<Brought> Complete(string store, int shard, long epoch, string digest, string? there, int leftOut);

    /// <summary>Gives a shard back.</summary>
    /// <param name="fatal">trying again is of no use</param>
    Task Return(string store, int shard, long epoch, string reason, bool fatal);

    Task<BookStatus> Status(string store);

    /// <summary>The user stopped the job: no lease holds any more.</summary>
    Task Stop();

    /// <summary>Forgets what it knows and reads the store anew.</summary>
    Task Reload();
}

/// <summary>
/// The best scores of a job so far: what a worker need not send. A cache; the files have every score.
/// </summary>
internal interface ITopB : IGrainWithStringKey
{
    /// <returns>what a score must beat from now on</returns>
    Task<Bar?> Offer(int budget, int[] ids, float[] scores);

    Task<Bar?> Bar();
}
