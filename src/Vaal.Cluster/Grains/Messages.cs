using Vaal.Cluster.Work;

namespace Vaal.Cluster.Grains;

/// <summary>Who asks for work.</summary>
/// <param name="Model">digest of the encoder that it has for this job</param>
/// <param name="Format">of the files that it writes: another one is another version of vaal</param>
[GenerateSerializer, Immutable]
internal sealed record WorkerInfo([property: Id(0)] string Name, [property: Id(1)] string Model,
    [property: Id(2)] int Format)
{
    /// <summary>Changes when a shard's file of the same model would have other bytes.</summary>
    public const int CurrentFormat = 1;
}

/// <summary>What a job has for a worker.</summary>
internal enum Offer
{
    /// <summary>A book with shards that are free.</summary>
    Work,

    /// <summary>Nothing now: others work on what is left.</summary>
    Wait,

    /// <summary>Every stage is done.</summary>
    Done,

    /// <summary>The user stopped the job.</summary>
    Cancelled,

    /// <summary>The job cannot go on; the text says why.</summary>
    Failed,

    /// <summary>This worker may not work on it; the text says why.</summary>
    Refused,

    /// <summary>The cluster does not know the job; who knows its store opens it.</summary>
    Unknown,

    /// <summary>A silo cannot read the job's files; the text says why.</summary>
    Unreadable,
}

/// <summary>Where a worker finds work.</summary>
/// <param name="Bar">what a score must beat; null: nothing yet</param>
[GenerateSerializer, Immutable]
internal sealed record Found([property: Id(0)] Offer Offer, [property: Id(1)] Stage Stage = default,
    [property: Id(2)] int Book = 0, [property: Id(3)] Bar? Bar = null, [property: Id(4)] string? Text = null);

/// <summary>The right to work on a shard for a while.</summary>
/// <param name="Epoch">fencing token: a result under another one that has ended is refused</param>
/// <param name="Length">until it must be renewed, three times over</param>
[GenerateSerializer, Immutable]
internal sealed record ShardLease([property: Id(0)] Stage Stage, [property: Id(1)] int Shard,
    [property: Id(2)] long Epoch, [property: Id(3)] TimeSpan Length, [property: Id(4)] Bar? Bar = null)
{
    public int Book => Shard / JobManifest.ShardsInBook;
}

/// <summary>How far the shards of a book are.</summary>
[GenerateSerializer, Immutable]
internal sealed record BookStatus([property: Id(0)] int Count, [property: Id(1)] int Done,
    [property: Id(2)] int Leased, [property: Id(3)] int Expired, [property: Id(4)] int Refused,
    [property: Id(5)] int Returned, [property: Id(6)] double OldestLease, [property: Id(7)] int LeftOut,
    [property: Id(8)] string? Failure, [property: Id(9)] string? LastReturn);

/// <summary>How far a job is.</summary>
[GenerateSerializer, Immutable]
internal sealed record JobStatus([property: Id(0)] string Name, [property: Id(1)] string Store,
    [property: Id(2)] Offer State, [property: Id(3)] Stage Stage, [property: Id(4)] int Done,
    [property: Id(5)] int Count, [property: Id(6)] int Leased, [property: Id(7)] int Expired,
    [property: Id(8)] int Refused, [property: Id(9)] int Returned, [property: Id(10)] double OldestLease,
    [property: Id(11)] int LeftOut, [property: Id(12)] double ShardsASecond, [property: Id(13)] double? SecondsLeft,
    [property: Id(14)] string? Text, [property: Id(15)] int ShardSize, [property: Id(16)] string[] RefusedWorkers);
