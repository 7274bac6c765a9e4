namespace Vaal.Cluster.Grains;

/// <summary>What became of a result that a worker brought.</summary>
internal enum Brought
{
    /// <summary>It counts.</summary>
    Accepted,

    /// <summary>The same result was there already.</summary>
    Known,

    /// <summary>The lease had ended; somebody else does the shard.</summary>
    Late,

    /// <summary>Another result was there already.</summary>
    Conflict,
}

/// <summary>
/// Who works on which shards of a book. Pure: no grain, no file, no clock but the one it is given, of which only
/// elapsed time counts, so that a clock that is set changes nothing.
/// </summary>
/// <param name="first">the book's first shard</param>
/// <param name="generation">no book of these shards had it before; epochs of a later one are higher</param>
/// <param name="length">of a lease: three renewals</param>
internal sealed class LeaseBook(int first, int count, long generation, TimeSpan length, TimeProvider clock)
{
    /// <summary>A shard that is late by so much, as a multiple of the usual time, is leased a second time.</summary>
    private const double Straggler = 1.5;

    private const int MostLeases = 2, MostTold = 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly string?[] _digests = new string?[count];
    private readonly List<Lease>[] _leases = [.. Enumerable.Range(0, count).Select(_ => new List<Lease>(1))];
    private readonly int[] _failures = new int[count];
    private readonly long[] _notBefore = new long[count];
    private readonly List<double> _seconds = [];
    private long _next = generation << 32;

    private sealed record Lease(long Epoch, string Worker, long Since)
    {
        public long Until { get; set; }
    }

    public int Count => count;

    public int Done { get; private set; }

    /// <summary>Shards that somebody works on now.</summary>
    public int Leased => _leases.Count(Alive);

    /// <summary>Leases that ended without a result, and results that came too late.</summary>
    public int Expired { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Times that a worker gave a shard back.</summary>
    public int Failures => _failures.Sum();

    /// <summary>Age of the oldest lease, in seconds.</summary>
    public double OldestLease => _leases.SelectMany(l => l).Select(l => Seconds(l.Since)).DefaultIfEmpty(0).Max();

    public bool IsDone(int shard) => _digests[shard - first] is not null;

    /// <summary>A shard whose file is there. Its digest may be learned later.</summary>
    public void Known(int shard, string digest = "")
    {
        if (_digests[shard - first] is null) Done++;
        _digests[shard - first] = digest;
        _leases[shard - first].Clear();
    }

    /// <summary>A shard to work on, or null: there is none now.</summary>
    public (int Shard, long Epoch)? Take(string worker)
    {
        if (Free() is { } free) return Given(free, worker);
        return Late(worker) is { } late ? Given(late, worker) : null;
    }

    /// <summary>Whether the lease still holds; then it is longer by its length.</summary>
    public bool Renew(int shard, long epoch)
    {
        Expire(shard - first);
        if (_leases[shard - first].Find(l => l.Epoch == epoch) is not { } lease) return false;
        lease.Until = clock.GetTimestamp() + Ticks(length);
        return true;
    }

    /// <summary>
    /// Compare and set: the first result of a shard counts, and only from a worker whose lease holds.
    /// </summary>
    public Brought Complete(int shard, long epoch, string digest)
    {
        var at = shard - first;
        Expire(at);
        if (_digests[at] is { } there)
        {
            if (there.Length == 0) _digests[at] = digest;                                // a file of an earlier book
            return there.Length == 0 || there == digest ? Brought.Known : Brought.Conflict;
        }
        if (_leases[at].Find(l => l.Epoch == epoch) is not { } lease)
        {
            Refused++;
            return Brought.Late;
        }
        _seconds.Add(Seconds(lease.Since));
        if (_seconds.Count > 101) _seconds.RemoveAt(0);
        Known(shard, digest);
        return Brought.Accepted;
    }

    /// <summary>A worker gives a shard back, because something does not answer or a disk is full. It is tried again
    /// after a while that grows.</summary>
    public void Return(int shard, long epoch)
    {
        var at = shard - first;
        if (_leases[at].RemoveAll(l => l.Epoch == epoch) == 0) return;
        var seconds = Math.Pow(2, Math.Min(_failures[at], 8)) / 4;
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, seconds));
        _failures[at]++;
        _notBefore[at] = clock.GetTimestamp() + Ticks(pause);
    }

    /// <summary>Shards that are not done, and how often each was given back.</summary>
    public IReadOnlyList<(int Shard, int Failures)> Troubled() =>
        [.. Enumerable.Range(0, count).Where(i => _digests[i] is null && _failures[i] > 0)
            .Select(i => (first + i, _failures[i])).OrderByDescending(p => p.Item2).Take(MostTold)];

    private int? Free()
    {
        var now = clock.GetTimestamp();
        for (var at = 0; at < count; at++)
        {
            if (_digests[at] is not null || _notBefore[at] > now) continue;
            Expire(at);
            if (_leases[at].Count == 0) return at;
        }
        return null;
    }

    // the one that is leased for the longest time, once, to somebody else, and for longer than is usual
    private int? Late(string worker)
    {
        var usual = _seconds.Count == 0 ? length.TotalSeconds : _seconds.Order().ElementAt(_seconds.Count / 2);
        var slow = Enumerable.Range(0, count)
            .Where(at => _digests[at] is null && _leases[at].Count is > 0 and < MostLeases
                && _leases[at].TrueForAll(l => l.Worker != worker)
                && Seconds(_leases[at][0].Since) > Straggler * usual)
            .OrderBy(at => _leases[at][0].Since);
        return slow.Select(at => (int?)at).FirstOrDefault();
    }

    private (int, long) Given(int at, string worker)
    {
        var now = clock.GetTimestamp();
        _leases[at].Add(new(++_next, worker, now) { Until = now + Ticks(length) });
        return (first + at, _next);
    }

    private bool Alive(List<Lease> leases) => leases.Exists(l => l.Until >= clock.GetTimestamp());

    private void Expire(int at)
    {
        var now = clock.GetTimestamp();
        Expired += _leases[at].RemoveAll(l => l.Until < now);
    }

    private double Seconds(long since) => clock.GetElapsedTime(since).TotalSeconds;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);
}
