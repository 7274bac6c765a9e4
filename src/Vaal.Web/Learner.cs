using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// Learns in the background: after so many labels the head is fitted again and the strategy chooses anew, which is
/// recorded as a round. Labelling never waits for it. One thread of its own; whoever asks is answered by what was
/// learned last.
/// </summary>
internal sealed class Learner : IDisposable
{
    /// <summary>Images that a choice holds beyond the labels it waits for, so that the page does not run out of
    /// them while the next choice is made.</summary>
    public const int Ahead = 16;

    private readonly LiveWorkspace _live;
    private readonly Events _events;
    private readonly Func<ServeSettings> _settings;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly Thread _thread;
    private readonly List<(int Labels, int Correct, int Tests)> _history = [];
    private readonly List<(int Labels, Interval MeanAp, int Tests)> _several = [];
    private readonly Lock _historyGate = new();
    private volatile Learned? _learned, _calibrated;
    private volatile Snapshot? _learnedOf;
    private volatile string? _problem;
    private volatile bool _anew;
    private readonly List<PoolIndex> _earlier = [];
    private PoolIndex? _index;
    private Reranker? _reranker;
    private int _since, _due;
    private bool _disposed;

    public Learner(LiveWorkspace live, Events events, Func<ServeSettings> settings, TimeProvider clock)
    {
        (_live, _events, _settings, _clock) = (live, events, settings, clock);
        _thread = new Thread(Work) { IsBackground = true, Name = "learner", Priority = ThreadPriority.BelowNormal };
    }

    /// <summary>What was learned last; null: nothing yet.</summary>
    public Learned? Now => _learned;

    /// <summary>What was learned last with its calibration, which comes after the new choice: until then suggestions
    /// and suspects are those of the head before. Null: nothing yet.</summary>
    public Learned? Calibrated => _calibrated;

    /// <summary>The labels that it was learned from.</summary>
    public Snapshot? NowOf => _learnedOf;

    public bool IsBusy => Volatile.Read(ref _due) > 0;

    /// <summary>It has been told to end, and finishes nothing that it has not finished.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Why the last attempt came to nothing, in a sentence; null: it did not.</summary>
    public string? Problem => _problem;

    /// <summary>Decisions since the last choice.</summary>
    public int Since => Volatile.Read(ref _since);

    /// <summary>Test results of heads on the encoder's features, by the labels they were fitted on, oldest first; none
    /// before the features are there.</summary>
    public IReadOnlyList<(int Labels, int Correct, int Tests)> History
    {
        get { lock (_historyGate) return [.. _history]; }
    }

    /// <summary>The same where an image may have several classes.</summary>
    public IReadOnlyList<(int Labels, Interval MeanAp, int Tests)> SeveralHistory
    {
        get { lock (_historyGate) return [.. _several]; }
    }

    /// <summary>Begins; the first choice is made at once where no image waits for a label.</summary>
    public void Start()
    {
        _thread.Start();
        Ask();
    }

    /// <summary>Counts decisions; learns when there are enough.</summary>
    public void Count(int decisions)
    {
        if (Interlocked.Add(ref _since, decisions) >= _settings().LearnEvery) Ask();
    }

    /// <summary>Learns now, or right after what it is doing.</summary>
    public void Ask()
    {
        if (_disposed || _asked.CurrentCount > 0) return;
        Interlocked.Increment(ref _due);
        _asked.Release();
    }

    /// <summary>Chooses the next images now, though nothing was labelled since the last choice.</summary>
    public void ChooseAnew()
    {
        _anew = true;
        Ask();
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join();
        _index?.Dispose();
        foreach (var index in _earlier) index.Dispose();
        _stop.Dispose();
        _asked.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            try
            {
                _asked.Wait(_stop.Token);
                Learn(_stop.Token);
                _problem = null;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (InputException e)
            {
                _problem = e.Message;
            }
            catch (Exception e)                                                      // the outer edge of this thread
            {
                if (_stop.IsCancellationRequested) return;
                _problem = "learning failed by a fault in vaal; the terminal has the details; labelling works";
                Console.Error.WriteLine($"vaal: learning failed: {e}");
            }
            finally
            {
                Interlocked.Decrement(ref _due);
            }
            _events.Tell("panel");
        }
    }

    private void Learn(CancellationToken cancel)
    {
        var start = _clock.GetTimestamp();
        var started = _clock.GetUtcNow();
        var (counted, anew) = (Since, _anew);
        _anew = false;
        var (now, waiting) = _live.With((_, b) => (Snapshot.Of(b),
            b.Chosen.Count(p => b.Status[p] == ImageStatus.Unlabelled)));
        if (_index is null || _index.Images != now.Images) Reindex(now, cancel);
        var settings = _settings();
        var learned = _reranker!.Fit(now, _learned, cancel);
        var fresh = learned.Labels != _learned?.Labels || counted >= settings.LearnEvery;
        // the round of another command is not overtaken before somebody has labelled
        if (waiting == 0 || counted > 0 || anew) Rerank(now, learned, settings, started, start, cancel);
        Interlocked.Add(ref _since, -counted);
        if (fresh && learned.Tests > 0)
        {
            lock (_historyGate)
                if (learned.MultiLabel is { } several) _several.Add((learned.Labels, several.MeanAp, learned.Tests));
                else _history.Add((learned.Labels, learned.Correct, learned.Tests));
        }
        (_learned, _learnedOf) = (learned with { Covered = _learned?.Covered }, now);
        _events.Tell("learned");
        _learned = _calibrated = _reranker.Calibrated(now, learned, cancel) with
        {
            Covered = _reranker.Covered(now, cancel),
        };
    }

    private void Reindex(Snapshot now, CancellationToken cancel)
    {
        using var own = Workspace.Open(_live.Folder);
        var index = PoolIndex.Of(own, now.Images, null, cancel);
        (_learned, _calibrated, _learnedOf) = (null, null, null);
        if (index.Digest != _index?.Digest) Remember(own.Rounds(), index.Digest);
        if (_index is not null) _earlier.Add(_index);                                // a request may still read it
        (_index, _reranker) = (index, new Reranker(index));
    }

    // what heads on other features got right says nothing of what labels were worth
    private void Remember(IReadOnlyList<RoundRow> rounds, string encoder)
    {
        List<JsonElement> tests = [.. TestsIn(rounds, encoder)];
        lock (_historyGate)
        {
            _history.Clear();
            _several.Clear();
            _history.AddRange(HistoryIn(tests));
            _several.AddRange(SeveralIn(tests));
        }
    }

    private void Rerank(Snapshot now, Learned learned, ServeSettings settings, DateTimeOffset started, long start,
        CancellationToken cancel)
    {
        var budget = settings.LearnEvery + Ahead;
        var (rows, scores, strategy, reason) = _reranker!.Choose(now, learned, settings.Strategy, budget, cancel);
        if (rows.Length == 0) return;
        var seconds = _clock.GetElapsedTime(start).TotalSeconds;
        var options = new JsonObject
        {
            ["strategy"] = strategy,
            ["budget"] = budget,
            ["seed"] = 1,
            ["labelled"] = learned.Labels,
            ["encoder"] = _index!.Digest,
            ["serve"] = new JsonObject
            {
                ["learnEvery"] = settings.LearnEvery,
                ["labels"] = learned.Labels,
                ["correct"] = learned.Correct,
                ["tests"] = learned.Tests,
                ["meanAp"] = JsonSerializer.SerializeToNode(learned.MultiLabel?.MeanAp, Json.Options),
                ["seconds"] = seconds,
            },
        };
        _live.With((w, b) =>
        {
            // what was labelled meanwhile is no pick any more
            int[] still = [.. Enumerable.Range(0, rows.Length).Where(i =>
                b.Status[b.PositionOf(now.Images[_index.Positions[rows[i]]].Id)] == ImageStatus.Unlabelled)];
            if (still.Length == 0) return;
            w.RecordRound(new Round
            {
                Strategy = strategy,
                Options = options.ToJsonString(Json.Options),
                Seed = 1,
                Budget = budget,
                Started = started,
                Finished = _clock.GetUtcNow(),
            }, [.. still.Select((i, rank) => new PickRow(now.Images[_index.Positions[rows[i]]].Id, rank + 1,
                i < scores.Length ? scores[i] : null, reason(i < scores.Length ? scores[i] : null)))]);
        });
    }

    // what standing rounds say of their heads, of those on the features of this encoder
    private static IEnumerable<JsonElement> TestsIn(IReadOnlyList<RoundRow> rounds, string encoder)
    {
        foreach (var round in rounds.Where(r => r.Undone is null))
        {
            using var options = JsonDocument.Parse(round.Options);
            if (options.RootElement.TryGetProperty("serve", out var serve)
                && options.RootElement.TryGetProperty("encoder", out var of) && of.GetString() == encoder)
                yield return serve.Clone();
        }
    }

    private static IEnumerable<(int, Interval, int)> SeveralIn(IEnumerable<JsonElement> tests)
    {
        foreach (var serve in tests)
            if (MeanApIn(serve) is { } ap)
                yield return (serve.GetProperty("labels").GetInt32(), ap, serve.GetProperty("tests").GetInt32());
    }

    private static Interval? MeanApIn(JsonElement serve) =>
        serve.TryGetProperty("meanAp", out var ap) ? ap.Deserialize<Interval?>(Json.Options) : null;

    private static IEnumerable<(int, int, int)> HistoryIn(IEnumerable<JsonElement> tests)
    {
        foreach (var serve in tests)
            if (MeanApIn(serve) is null && serve.TryGetProperty("tests", out var of) && of.GetInt32() is > 0 and var n)
                yield return (serve.GetProperty("labels").GetInt32(), serve.GetProperty("correct").GetInt32(), n);
    }
}
