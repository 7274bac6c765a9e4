using System.Collections.Concurrent;

namespace Vaal.Web;

/// <summary>Images that somebody picked out, for the grid and the queue; forgotten when the server ends.</summary>
internal sealed class Selections
{
    private const int Most = 100;
    private readonly ConcurrentQueue<string> _order = [];
    private readonly ConcurrentDictionary<string, int[]> _selections = [];

    /// <returns>the selection's id</returns>
    public string Add(int[] images)
    {
        var id = Guid.NewGuid().ToString("N");
        _selections[id] = images;
        _order.Enqueue(id);
        while (_order.Count > Most && _order.TryDequeue(out var oldest)) _selections.TryRemove(oldest, out _);
        return id;
    }

    /// <summary>Ids of the images, in the order in which they were picked; null: there is no such selection.</summary>
    public int[]? In(string? id) => id is not null && _selections.TryGetValue(id, out var images) ? images : null;

    /// <summary>The same as a set; null: none is asked for.</summary>
    public HashSet<int>? Of(string? id) => id is null ? null : [.. In(id) ?? []];
}
