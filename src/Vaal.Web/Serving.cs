using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What the endpoints share.</summary>
internal sealed class Serving : IDisposable
{
    private volatile ServeSettings _settings;

    public Serving(LiveWorkspace live, ServeOptions options, TimeProvider clock)
    {
        Live = live;
        (Leases, Pace) = (new(clock), new(clock));
        (Id, var json, var encoder) = live.With((w, _) => (w.Id, w.ServeSettings, w.Encoder));
        _settings = json is null
            ? new()
            : System.Text.Json.JsonSerializer.Deserialize<ServeSettings>(json, Json.Options)!;
        if (options.LearnEvery is { } every) _settings = _settings with { LearnEvery = every };
        if (options.Overlap is { } overlap) _settings = _settings with { Overlap = overlap };
        if (options.Overlap > 0 && live.With((_, board) => HasShapes(board)))
            throw ShapesOverlap(options.Overlap.Value);
        Encoder = encoder == "none" ? null : encoder;
        Learner = new(live, Events, () => _settings, clock);
    }

    /// <summary>Of the workspace.</summary>
    public string Id { get; }

    public LiveWorkspace Live { get; }
    public Events Events { get; } = new();
    public Leases Leases { get; }
    public Selections Selections { get; } = new();
    public Pace Pace { get; }
    public Learner Learner { get; }
    public ServeSettings Settings => _settings;

    /// <summary>Name of the encoder; null: none.</summary>
    public string? Encoder { get; }

    /// <summary>Least probability at which a class is suggested; null: nothing is suggested.</summary>
    public double? SuggestAbove => Learner.Calibrated?.SuggestAbove is { } least && _settings.SuggestAbove < 1
        ? Math.Max(least, _settings.SuggestAbove) : null;

    /// <summary>Changes the settings, in the workspace too.</summary>
    /// <exception cref="InputException">a setting is out of range</exception>
    public void Change(Func<ServeSettings, ServeSettings> change, string op, string who)
    {
        Live.With((w, board) =>
        {
            var next = change(_settings);
            if (next.Problems().ToList() is { Count: > 0 } problems)
                throw new InputException(string.Join("; ", problems));
            if (next is { Overlap: > 0, Kind: null } && HasShapes(board)) throw ShapesOverlap(next.Overlap);
            var json = System.Text.Json.JsonSerializer.Serialize(next, Json.Options);
            if (w.SaveServeSettings(op, json, who)) _settings = next;
        });
    }

    private static InputException ShapesOverlap(double found) => new(
        $"expected no overlap where labels are shapes, found {found}; two people can only give classes");

    /// <summary>Labels are shapes.</summary>
    public bool HasShapes(Board board) => _settings.Kind is { } kind ? kind == "shapes"
        : board.Shapes > 0 && !board.MultiLabel;

    /// <summary>What the page gives images: <c>shapes</c>, <c>multi</c> or <c>classes</c>.</summary>
    public string KindOf(Board board) => HasShapes(board) ? "shapes" : board.MultiLabel ? "multi" : "classes";

    /// <summary>The refusal of a write that was meant for another workspace, whose page had this address before; null:
    /// it is meant for this one.</summary>
    public Microsoft.AspNetCore.Http.IResult? OfAnother(string? project) => project is null || project == Id ? null
        : Problems.Because(Microsoft.AspNetCore.Http.StatusCodes.Status409Conflict,
            "this was meant for another workspace, which had this address before; nothing was changed");

    /// <summary>An image with what the head suggests for it.</summary>
    /// <param name="who">for whom: of an image that two people label blind, the other's label is not shown</param>
    public ImageJson Image(Workspace workspace, Board board, int position, string who) =>
        ImageJson.Of(workspace, board, position, Suggested(board, position),
            Leases.IsTaken(board.Rows[position].Id, who), IsBlind(board, position, who));

    /// <summary>Two people label this image, and neither sees what the other said.</summary>
    public bool IsOverlapped(int image) => _settings.Overlap > 0
        && (ulong)Seeds.Derive(1, "overlap", image) % 10_000 < _settings.Overlap * 10_000;

    /// <summary>Images for a person, the most wanted first; one in four is one that somebody else has labelled, where
    /// two are to label it.</summary>
    public IEnumerable<int> QueueOf(Board board, string who)
    {
        using var second = SecondLooks(board, who).GetEnumerator();
        var (given, more) = (0, second.MoveNext());
        foreach (var position in board.Queue())
        {
            if (more && given++ % 3 == 2)
            {
                yield return second.Current;
                more = second.MoveNext();
            }
            yield return position;
        }
        for (; more; more = second.MoveNext()) yield return second.Current;
    }

    private IEnumerable<int> SecondLooks(Board board, string who) => _settings.Overlap == 0 ? [] : board.Votes
        .Where(v => v.Value is [var only] && only.Who != who && IsOverlapped(v.Key))
        .Select(v => board.PositionOf(v.Key)).Where(p => p >= 0 && board.Status[p] == ImageStatus.Labelled).ToList();

    private bool IsBlind(Board board, int position, string who) => IsOverlapped(board.Rows[position].Id)
        && board.Status[position] == ImageStatus.Labelled && !HasShapes(board)
        && board.Votes.TryGetValue(board.Rows[position].Id, out var votes) && votes is [var only] && only.Who != who;

    /// <summary>Counts decisions that were saved.</summary>
    public void Saved(int count, string who)
    {
        if (count == 0) return;
        Pace.Count(who, count);
        Learner.Count(count);
        Events.Tell("panel");
    }

    public void Dispose() => Learner.Dispose();

    // never of a test image: it would bias the test
    private IReadOnlyList<SuggestionJson> Suggested(Board board, int position)
    {
        if (SuggestAbove is not { } least || board.Rows[position].Test || Learner.Calibrated is not { } learned
            || learned.Index.Images != board.Rows || board.Status[position] == ImageStatus.Labelled
            || IsOverlapped(board.Rows[position].Id)) return [];
        if (board.MultiLabel) return learned.PredictedSet(position, least);
        return learned.Predicted(position) is { } made && made.Probability >= least ? [made] : [];
    }
}
