using Vaal.Data.Learning;

namespace Vaal.Web;

/// <summary>
/// Labels that are probably wrong: the list that <c>vaal review</c> gives for the same labels. It is made when somebody
/// asks for it, and kept until labels of the pool change.
/// </summary>
internal sealed class SuspectList(LiveWorkspace live)
{
    /// <summary>Labels and classes at the least.</summary>
    private const int Fewest = 2;

    private readonly Lock _gate = new();
    private PoolIndex? _of;
    private int[] _rows = [];
    private string[] _given = [];
    private IReadOnlyList<(int Position, SuspectLabel Label)> _found = [];

    /// <summary>The most suspected first.</summary>
    public IReadOnlyList<(int Position, SuspectLabel Label)> Of(PoolIndex index, CancellationToken cancel)
    {
        // in the order of the command, which decides who is in which fold: by path
        var (labels, names) = live.With((w, b) =>
        {
            var all = w.Labels().Where(l => l.Class is not null).ToList();
            return (all.Select(l => (Position: b.PositionOf(l.Image), l.Class)).Where(l => l.Position >= 0
                    && index.Images == b.Rows && index.RowOf[l.Position] >= 0)
                .OrderBy(l => b.Rows[l.Position].Path, StringComparer.Ordinal).ToList(),
                all.Select(l => l.Class!).Distinct().Order(StringComparer.Ordinal).ToArray());
        });
        int[] rows = [.. labels.Select(l => index.RowOf[l.Position])];
        string[] given = [.. labels.Select(l => l.Class!)];
        lock (_gate)
        {
            if (_of == index && _rows.AsSpan().SequenceEqual(rows) && _given.AsSpan().SequenceEqual(given))
                return _found;
            _found = given.Distinct().Count() < Fewest ? [] : Found(index, rows, given, names, cancel);
            (_of, _rows, _given) = (index, rows, given);
            return _found;
        }
    }

    private static List<(int Position, SuspectLabel Label)> Found(PoolIndex index, int[] rows, string[] given,
        string[] names, CancellationToken cancel)
    {
        int[] numbers = [.. given.Select(name => Array.IndexOf(names, name))];
        string[] paths = [.. rows.Select(r => index.Images[index.Positions[r]].Path)];
        var p = LabelReviewer.Probabilities(
            LabelReviewer.Rows(index.Raw(rows), index.Pool.Width, numbers, names.Length), seed: 1, cancel);
        var positions = paths.Zip(rows).ToDictionary(r => r.First, r => index.Positions[r.Second]);
        return [.. LabelReviewer.Of(p, numbers, paths, names, Pruning.Class).Select(s => (positions[s.Path], s))];
    }
}
