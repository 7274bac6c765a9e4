using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What the endpoints share.</summary>
internal sealed class Serving : IDisposable
{
    private volatile ServeSettings _settings;
    private ImageRow[] _images;

    public Serving(LiveWorkspace live, ServeOptions options, TimeProvider clock)
    {
        Live = live;
        (Leases, Pace) = (new(clock), new(clock));
        (Id, var json, var encoder, _images) = live.With((w, b) => (w.Id, w.ServeSettings, w.Encoder, b.Rows));
        _settings = json is null
            ? new()
            : System.Text.Json.JsonSerializer.Deserialize<ServeSettings>(json, Json.Options)!;
        if (options.LearnEvery is { } every) _settings = _settings with { LearnEvery = every };
        if (options.Overlap is { } overlap) _settings = _settings with { Overlap = overlap };
        if (options.Overlap > 0 && live.With((_, board) => HasShapes(board)))
            throw ShapesOverlap(options.Overlap.Value);
        Encoder = encoder == PretrainedEncoders.None ? null : PretrainedEncoders.Shown(encoder);
        Learner = new(live, Events, () => _settings, clock);
        live.Changed += Follow;
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

    /// <summary>Name of the encoder, or of its file; null: none.</summary>
    public string? Encoder { get; }

    /// <summary>Least probability at which a class is suggested; null: nothing is suggested.</summary>
    public double? SuggestAbove => Learner.Calibrated?.SuggestAbove is { } least && _settings.SuggestAbove < 1
        ? Math.Max(least, _settings.SuggestAbove) : null;

    /// <summary>Works with the workspace as one person may see it, alone.</summary>
    public T With<T>(Workspace.Admitted person, Func<Seen, T> work) =>
        Live.With((w, b) => work(new(this, w, b, person)));

    /// <summary>Changes the settings, in the workspace too.</summary>
    /// <param name="several">an image may have several classes from now on, or one; null: as before</param>
    /// <param name="asked">what was asked for, which the same operation has again</param>
    /// <exception cref="InputException">a setting is out of range, or labels are of the other form</exception>
    public void Change(Func<ServeSettings, ServeSettings> change, bool? several, string op, string asked, string who)
    {
        Live.With((w, board) =>
        {
            var next = change(_settings);
            InputException.ThrowIfAny(next.Problems());
            if (next is { Overlap: > 0, Kind: null } && HasShapes(board)) throw ShapesOverlap(next.Overlap);
            var json = System.Text.Json.JsonSerializer.Serialize(next, Json.Options);
            if (w.SaveServeSettings(op, asked, json, who, several)) _settings = next;
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

    /// <summary>Two people label this image, and neither sees what the other said. It is none of the test set, whose
    /// labels are there to measure the head.</summary>
    public bool IsOverlapped(Board board, int position) => _settings.Overlap > 0 && !HasShapes(board)
        && board.Rows[position] is { Test: false, Id: var image }
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
        .Where(v => v.Value is [var only] && only.Who != who).Select(v => board.PositionOf(v.Key))
        .Where(p => p >= 0 && board.Status[p] == ImageStatus.Labelled && IsOverlapped(board, p)).ToList();

    /// <summary>Counts decisions that were saved.</summary>
    public void Saved(int count, string who)
    {
        if (count == 0) return;
        Pace.Count(who, count);
        Learner.Count(count);
    }

    public void Dispose() => Learner.Dispose();

    // new images have neither features nor a place among the others before the next learning
    private void Follow(ImageRow[] images)
    {
        Events.Tell("panel");
        if (images == _images) return;
        _images = images;
        Learner.Ask();
    }

    /// <summary>What the head suggests; never for a test image, because it would bias the test.</summary>
    public IReadOnlyList<SuggestionJson> Suggested(Board board, int position)
    {
        if (SuggestAbove is not { } least || board.Rows[position].Test || Learner.Calibrated is not { } learned
            || learned.Index.Images != board.Rows || board.Status[position] == ImageStatus.Labelled
            || IsOverlapped(board, position)) return [];
        if (board.MultiLabel) return learned.PredictedSet(position, least);
        return learned.Predicted(position) is { } made && made.Probability >= least ? [made] : [];
    }
}
