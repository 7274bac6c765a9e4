using Vaal.Cluster.Grains;

namespace Vaal.Cluster;

/// <summary>How far a job is, for people. Its JSON has more than its line.</summary>
internal sealed class JobProgress
{
    public JobProgress(JobStatus status)
    {
        (Name, Output, Note, RefusedWorkers) = (status.Name, status.Store, status.Text, status.RefusedWorkers);
        State = status.State switch
        {
            Offer.Done => "done",
            Offer.Cancelled => "cancelled",
            Offer.Failed => "failed",
            Offer.Unreadable => "unreadable",
            _ => "running",
        };
        Stage = status.Stage.ToString().ToLowerInvariant();
        (Done, Shards, Leased) = (status.Done, status.Count, status.Leased);
        (Expired, Refused, Returned) = (status.Expired, status.Refused, status.Returned);
        (OldestLease, Unreadable, SecondsLeft) = (status.OldestLease, status.LeftOut, status.SecondsLeft);
        ImagesASecond = status.Stage == Cluster.Work.Stage.Bench ? 0 : status.ShardsASecond * status.ShardSize;
    }

    public string Name { get; }

    public string Output { get; }

    /// <summary><c>running</c>, <c>done</c>, <c>cancelled</c>, <c>failed</c> or <c>unreadable</c>.</summary>
    public string State { get; }

    /// <summary>Embed, fit, score or choose; of a bench: bench.</summary>
    public string Stage { get; }

    /// <summary>Shards of the stage that are done.</summary>
    public int Done { get; }

    public int Shards { get; }

    /// <summary>Shards that a worker has now.</summary>
    public int Leased { get; }

    /// <summary>Leases that ended, results that came too late, and shards that a worker gave back.</summary>
    public int Lost => Expired + Refused + Returned;

    /// <summary>Leases that ended without a result.</summary>
    public int Expired { get; }

    /// <summary>Results that came too late.</summary>
    public int Refused { get; }

    /// <summary>Times that a worker gave a shard back.</summary>
    public int Returned { get; }

    /// <summary>In seconds.</summary>
    public double OldestLease { get; }

    /// <summary>Images that could not be read or decoded, as far as this cluster saw it.</summary>
    public int Unreadable { get; }

    /// <summary>0 where the shards are no images.</summary>
    public double ImagesASecond { get; }

    /// <summary>Of this stage; null: not known.</summary>
    public double? SecondsLeft { get; }

    /// <summary>What is wrong, or what was last; null: nothing.</summary>
    public string? Note { get; }

    public IReadOnlyList<string> RefusedWorkers { get; }
}
