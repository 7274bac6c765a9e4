using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Grains;

/// <summary>
/// One job. It asks its books how far they are when somebody asks it, so that no message that was lost can leave it
/// wrong for longer than <see cref="CoordinationOptions.Refresh"/>.
/// </summary>
internal sealed class Job(CoordinationOptions options) : Grain, IJob
{
    private readonly HashSet<string> _refused = [];
    private readonly Queue<(long At, int Done)> _history = [];
    private string? _store;
    private JobManifest? _manifest;
    private JobFiles? _files;
    private int _at;                                                                  // stage, by its place in the job
    private BookStatus[] _books = [];
    private int _earlierLeftOut, _earlierExpired, _earlierRefused, _earlierReturned;
    private Bar? _bar;
    private bool _cancelled;
    private long _asked;
    private Task? _asking;
    private int _turn;

    private string Name => this.GetPrimaryKeyString();

    private Stage Stage => _manifest!.Stages[Math.Min(_at, _manifest.Stages.Count - 1)];

    private bool IsDone => _at >= _manifest!.Stages.Count;

    public async Task<string?> Open(string store)
    {
        if (_store is not null && _store != store)
            return $"expected the job {Name} in {_store}, found another of that name in {store}; "
                + "give another name with --name";
        if (await List.Add(Name, store) is { } there)
            return $"expected a new name, found a job {Name} in {there} already; give another name with --name";
        var (problem, manifest, files) = await Task.Run(() =>
        {
            try
            {
                var found = new JobFiles(OutputStore.Open(store, options.S3));
                var job = found.NeedManifest();
                if (job.Name != Name) return ($"expected the job {Name} in {store}, found {job.Name}", job, found);
                if (found.IsCancelled) found.IsCancelled = false;                    // before a book reads it
                return ((string?)null, job, found);
            }
            catch (Exception e) when (IsOfFiles(e))
            {
                return ($"a silo cannot read {store}: {e.Message}", (JobManifest?)null, (JobFiles?)null);
            }
        });
        if (problem is not null)
        {
            await List.Remove(Name);
            return problem;
        }
        // what failed, was stopped, or was done in a folder that is a new one by now begins with what the files say
        var anew = _manifest is null || IsDone || _cancelled || Failure is not null;
        (_store, _manifest, _files) = (store, manifest, files);
        if (anew)
            foreach (var stage in _manifest!.Stages)
                for (var book = 0; book < _manifest.Books(stage); book++) await Book(stage, book).Reload();
        (_at, _books, _asked, _cancelled) = (0, [], 0, false);
        _history.Clear();
        return null;
    }

    public async Task<Found> Find(WorkerInfo worker)
    {
        try
        {
            if (!await Ready()) return new(Offer.Unknown);
        }
        // what silos and workers share knows no such exception, and whoever asks would wait for an answer
        catch (InputException e)
        {
            return new(Offer.Unreadable, Text: e.Message);
        }
        if (Unfit(worker) is { } unfit)
        {
            _refused.Add($"{worker.Name}: {unfit}");
            return new(Offer.Refused, Text: unfit);
        }
        await Ask();
        if (IsDone) return new(Offer.Done);
        if (_cancelled) return new(Offer.Cancelled);
        if (Failure is { } failure) return new(Offer.Failed, Text: failure);
        // workers begin at different books, so that they do not wait for one
        for (var i = 0; i < _books.Length; i++)
        {
            var book = (_turn + i) % _books.Length;
            if (_books[book].Done + _books[book].Leased >= _books[book].Count) continue;
            _turn = book;
            return new(Offer.Work, Stage, book, _bar);
        }
        // only what others have: it may be late
        _turn++;
        return Unfinished() is { } late ? new(Offer.Work, Stage, late, _bar) : new(Offer.Wait);
    }

    public async Task<JobStatus> Status()
    {
        try
        {
            if (!await Ready()) return Nothing(Offer.Unknown, null);
            await Ask();
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return Nothing(Offer.Unreadable, e.Message);
        }
        var (done, count) = (_books.Sum(b => b.Done), _manifest!.Count(Stage));
        if (IsDone) done = count;
        var rate = Rate();
        var state = IsDone ? Offer.Done : _cancelled ? Offer.Cancelled
            : Failure is not null ? Offer.Failed : Offer.Work;
        return new(Name, _store!, state, Stage, done, count, _books.Sum(b => b.Leased),
            _earlierExpired + _books.Sum(b => b.Expired), _earlierRefused + _books.Sum(b => b.Refused),
            _earlierReturned + _books.Sum(b => b.Returned), _books.Select(b => b.OldestLease).DefaultIfEmpty(0).Max(),
            _earlierLeftOut + _books.Sum(b => b.LeftOut), rate,
            state == Offer.Work && rate > 0 ? (count - done) / rate : null,
            Failure ?? _books.Select(b => b.LastReturn).FirstOrDefault(r => r is not null), _manifest.ShardSize,
            [.. _refused]);
    }

    public async Task<string?> Cancel()
    {
        try
        {
            if (!await Ready()) return null;
            await Refresh();
            if (IsDone) return $"the job {Name} is done already; nothing is left to cancel";
            await Task.Run(() => { if (_files!.Manifest() is not null) _files.IsCancelled = true; });
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return $"a silo cannot read the job {Name}: {e.Message}";
        }
        _cancelled = true;
        for (var book = 0; book < _manifest!.Books(Stage); book++) await Book(Stage, book).Stop();
        return null;
    }

    private static bool IsOfFiles(Exception e) => e is InputException or IOException or UnauthorizedAccessException;

    private JobStatus Nothing(Offer state, string? why) =>
        new(Name, _store ?? "", state, default, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, why, 0, []);

    private IJobList List => GrainFactory.GetGrain<IJobList>(0);

    private string? Failure => _books.Select(b => b.Failure).FirstOrDefault(f => f is not null);

    private IShardBook Book(Stage stage, int number) =>
        GrainFactory.GetGrain<IShardBook>($"{Name}/{stage}/{number}");

    // an activation that knows nothing asks the list, which may know nothing either
    private async Task<bool> Ready()
    {
        if (_store is not null) return true;
        if (!(await List.Stores()).TryGetValue(Name, out var store)) return false;
        var (manifest, files, cancelled) = await Task.Run(() =>
        {
            try
            {
                var found = new JobFiles(OutputStore.Open(store, options.S3));
                return (found.Manifest(), found, found.IsCancelled);
            }
            // a silo cannot send what may be within
            catch (IOException e)
            {
                throw new IOException(e.Message);
            }
        });
        if (manifest is null || manifest.Name != Name)
        {
            await List.Remove(Name);                                                 // the user deleted its folder
            return false;
        }
        (_store, _manifest, _files, _cancelled) = (store, manifest, files, cancelled);
        return true;
    }

    private string? Unfit(WorkerInfo worker) =>
        worker.Format != WorkerInfo.CurrentFormat
            ? $"expected workers of file format {WorkerInfo.CurrentFormat}, found {worker.Format}; "
                + "run the same version of vaal everywhere"
        : worker.Model == _manifest!.ModelDigest ? null
        : _manifest.IsBench
            ? $"expected the build {_manifest.ModelDigest[..12]} of vaal for the job {Name}, found "
                + $"{Short(worker.Model)}; start this worker with the version of vaal that the bench began with"
        : $"expected the model {_manifest.ModelDigest[..12]} for the job {Name}, found {Short(worker.Model)}; "
            + "start this worker with the model, processor and version of vaal that the job began with";

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    // one question at a time; those who come meanwhile get its answer
    private async Task Ask()
    {
        if (_asked != 0 && options.Clock.GetElapsedTime(_asked) < options.Refresh) return;
        _asking ??= Refresh();
        try
        {
            await _asking;
        }
        finally
        {
            _asking = null;
        }
    }

    private async Task Refresh()
    {
        while (!IsDone)
        {
            var stage = Stage;
            var asked = Enumerable.Range(0, _manifest!.Books(stage)).Select(b => Book(stage, b).Status(_store!));
            _books = await Task.WhenAll(asked);
            _bar = stage == Stage.Score ? await GrainFactory.GetGrain<ITopB>(Name).Bar() : null;
            if (_books.Sum(b => b.Done) < _manifest.Count(stage)) break;
            _at++;
            _history.Clear();
            _earlierLeftOut += _books.Sum(b => b.LeftOut);
            _earlierExpired += _books.Sum(b => b.Expired);
            _earlierRefused += _books.Sum(b => b.Refused);
            _earlierReturned += _books.Sum(b => b.Returned);
            _books = [];
        }
        _asked = options.Clock.GetTimestamp();
        _history.Enqueue((_asked, _books.Sum(b => b.Done)));
        while (_history.Count > 240) _history.Dequeue();
    }

    // shards a second of the last minutes
    private double Rate()
    {
        if (_history.Count < 2) return 0;
        var (first, last) = (_history.Peek(), _history.Last());
        var seconds = options.Clock.GetElapsedTime(first.At, last.At).TotalSeconds;
        return seconds > 0 ? (last.Done - first.Done) / seconds : 0;
    }

    private int? Unfinished() => Enumerable.Range(0, _books.Length).Select(i => (_turn + i) % _books.Length)
        .Where(b => _books[b].Done < _books[b].Count).Select(b => (int?)b).FirstOrDefault();
}
