using System.Globalization;

namespace Vaal.Cluster.Pools;

/// <summary>An image of a pool.</summary>
/// <param name="Location">a path, an address that begins with http, https or s3, or a file in a tar archive,
/// <c>archive.tar#offset+length#name</c></param>
/// <param name="Label">its class; null: it has none</param>
/// <param name="Length">bytes; 0: not known</param>
/// <param name="Modified">UTC ticks; 0: not known</param>
internal sealed record PoolEntry(string Location, string? Label = null, long Length = 0, long Modified = 0)
{
    /// <summary>Why a line cannot hold it; null: it can.</summary>
    public string? Problem => Location.Length == 0 ? "it names no image"
        : Location.Any(char.IsControl) || Label?.Any(char.IsControl) == true ? "it holds a control character" : null;

    public string ToLine() =>
        string.Create(CultureInfo.InvariantCulture, $"{Location}\t{Label}\t{Length}\t{Modified}\n");

    public static PoolEntry Parse(string line)
    {
        var cells = line.Split('\t');
        return new(cells[0], cells[1].Length == 0 ? null : cells[1],
            long.Parse(cells[2], CultureInfo.InvariantCulture), long.Parse(cells[3], CultureInfo.InvariantCulture));
    }
}

/// <summary>An entry that cannot be used, and why.</summary>
internal sealed record LeftOutEntry(string Location, string Where, string Problem);
