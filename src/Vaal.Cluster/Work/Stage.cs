namespace Vaal.Cluster.Work;

/// <summary>
/// The parts of a job, in their order. A part begins when every shard of the part before has its file.
/// </summary>
internal enum Stage
{
    /// <summary>Images to rows of features: a shard is some thousand images.</summary>
    Embed,

    /// <summary>What every shard needs to know of the others: the mean, a linear head, a sample. One task.</summary>
    Fit,

    /// <summary>Rows to scores, or to candidates of a coverage strategy.</summary>
    Score,

    /// <summary>Scores to the choice. One task.</summary>
    Choose,

    /// <summary>Runs of a bench: a shard is one. The only part of its job.</summary>
    Bench,
}
