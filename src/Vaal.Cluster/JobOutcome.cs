using System.Text.Json.Serialization;

namespace Vaal.Cluster;

/// <summary>A chosen image.</summary>
public sealed class JobPickRow
{
    internal JobPickRow(int rank, int id, string location, float score) =>
        (Rank, Id, Location, Score) = (rank, id, location, score);

    public int Rank { get; }

    /// <summary>Its place in the pool.</summary>
    [JsonInclude]
    internal int Id { get; }

    public string Location { get; }

    public float Score { get; }
}

/// <summary>What a job came to.</summary>
public sealed class JobOutcome
{
    internal JobOutcome(
        string name, string output, int images, int leftOut,
        (int Count, IReadOnlyList<(string Location, string Problem)> First) unreadable,
        IReadOnlyList<JobPickRow> picks) =>
        (Name, Output, Images, LeftOut, Unreadable, Picks) = (name, output, images, leftOut, unreadable, picks);

    public string Name { get; }

    public string Output { get; }

    public int Images { get; }

    /// <summary>Entries of the pool that could not be used.</summary>
    public int LeftOut { get; }

    /// <summary>Images without features: how many, and the first with the reason.</summary>
    public (int Count, IReadOnlyList<(string Location, string Problem)> First) Unreadable { get; }

    public IReadOnlyList<JobPickRow> Picks { get; }
}
