using CsCheck;
using Vaal.Cluster.Grains;

namespace Vaal.Cluster.Tests;

public sealed class LeaseBookTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private readonly ElapsedClock _clock = new();

    [Fact]
    public void Take_EveryShardOnce_ThenNone()
    {
        var book = Book(3);
        Assert.Equal([10, 11, 12], Enumerable.Range(0, 3).Select(_ => book.Take("a")!.Value.Shard));
        Assert.Null(book.Take("b"));
        Assert.Equal(3, book.Leased);
    }

    [Fact]
    public void Complete_AfterTheLeaseEnded_IsLateAndTheNextOneCounts()
    {
        var book = Book(1);
        var (shard, zombie) = book.Take("zombie")!.Value;
        _clock.Advance(Length * 1.1);
        var (_, epoch) = book.Take("other")!.Value;
        Assert.True(epoch > zombie);
        Assert.False(book.Renew(shard, zombie));
        Assert.Equal(Brought.Late, book.Complete(shard, zombie, "x"));
        Assert.Equal(0, book.Done);
        Assert.Equal(Brought.Accepted, book.Complete(shard, epoch, "x"));
        Assert.Equal((1, 1, 1), (book.Done, book.Expired, book.Refused));
    }

    [Fact]
    public void Complete_Again_IsNothing_AndAnotherDigestIsAConflict()
    {
        var book = Book(1);
        var (shard, epoch) = book.Take("a")!.Value;
        Assert.Equal(Brought.Accepted, book.Complete(shard, epoch, "x"));
        Assert.Equal(Brought.Known, book.Complete(shard, epoch, "x"));
        Assert.Equal(Brought.Conflict, book.Complete(shard, epoch, "y"));
        Assert.Equal(1, book.Done);
    }

    [Fact]
    public void Renew_InTime_KeepsTheLease()
    {
        var book = Book(1);
        var (shard, epoch) = book.Take("a")!.Value;
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(Length * 0.9);
            Assert.True(book.Renew(shard, epoch));
        }
        Assert.Equal(Brought.Accepted, book.Complete(shard, epoch, "x"));
    }

    [Fact]
    public void Clock_SetBackAndForward_ChangesNothing()
    {
        var book = Book(1);
        var (shard, epoch) = book.Take("a")!.Value;
        _clock.Wall = _clock.Wall.AddDays(-400);
        Assert.Null(book.Take("b"));
        _clock.Wall = _clock.Wall.AddDays(+800);
        Assert.Null(book.Take("b"));
        Assert.Equal(Brought.Accepted, book.Complete(shard, epoch, "x"));
    }

    [Fact]
    public void Take_Straggler_IsLeasedASecondTimeToAnotherWorkerAndNotAThirdTime()
    {
        var book = Book(3);
        var slow = book.Take("slow")!.Value;
        for (var i = 0; i < 2; i++)
        {
            var (shard, epoch) = book.Take("quick")!.Value;
            _clock.Advance(TimeSpan.FromSeconds(2));
            book.Complete(shard, epoch, "x");
        }
        Assert.True(book.Renew(slow.Shard, slow.Epoch));
        Assert.Null(book.Take("slow"));
        var second = book.Take("quick")!.Value;
        Assert.Equal(slow.Shard, second.Shard);
        Assert.Null(book.Take("third"));
        // whoever is first counts, and the other one brings the same
        Assert.Equal(Brought.Accepted, book.Complete(second.Shard, second.Epoch, "x"));
        Assert.Equal(Brought.Known, book.Complete(slow.Shard, slow.Epoch, "x"));
    }

    [Fact]
    public void Return_IsTriedAgainAfterAWhile()
    {
        var book = Book(1);
        var (shard, epoch) = book.Take("a")!.Value;
        book.Return(shard, epoch);
        Assert.Null(book.Take("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(book.Take("a"));
        Assert.Equal([(10, 1)], book.Troubled());
    }

    [Fact]
    public void Generations_Later_HaveHigherEpochs()
    {
        var old = new LeaseBook(0, 1_024, 1, Length, _clock);
        var last = Enumerable.Range(0, 1_024).Max(_ => old.Take("a")!.Value.Epoch);
        Assert.True(new LeaseBook(0, 1, 2, Length, _clock).Take("a")!.Value.Epoch > last);
    }

    [Fact]
    public void Known_FromTheStore_TakesTheFirstDigestAndRefusesOthers()
    {
        var book = Book(1);
        book.Known(10);
        Assert.Null(book.Take("a"));
        Assert.Equal(Brought.Known, book.Complete(10, 1, "x"));
        Assert.Equal(Brought.Conflict, book.Complete(10, 1, "y"));
    }

    /// <summary>
    /// Whatever workers do, in whatever order: each shard counts once, and only by a lease that holds.
    /// </summary>
    [Fact]
    public void LeaseBook_RandomWorkers_CountEveryShardOnce() =>
        Gen.Select(Gen.Int[1, 6], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9]).Array[1, 80]).Sample((count, steps) =>
        {
            var clock = new ElapsedClock();
            var book = new LeaseBook(0, count, 1, Length, clock);
            var held = new List<(int Shard, long Epoch, double Until)>();
            var (accepted, now) = (new int[count], 0.0);
            foreach (var (what, number) in steps)
            {
                if (what == 0 && book.Take($"w{number % 3}") is { } lease)
                    held.Add((lease.Shard, lease.Epoch, now + 30));
                if (what == 1)
                {
                    clock.Advance(TimeSpan.FromSeconds(number * 5));
                    now += number * 5;
                }
                if (held.Count == 0 || what < 2) continue;
                var at = number % held.Count;
                var (shard, epoch, until) = held[at];
                if (what == 2 && book.Renew(shard, epoch)) held[at] = (shard, epoch, now + 30);
                if (what == 3) book.Return(shard, epoch);
                if (what == 3) held.RemoveAt(at);
                if (what != 4) continue;
                var brought = book.Complete(shard, epoch, "same");
                if (brought == Brought.Accepted) accepted[shard]++;
                if (brought == Brought.Accepted && now > until) return false;
                if (brought == Brought.Conflict) return false;
            }
            return accepted.All(a => a <= 1) && book.Done == accepted.Sum();
        });

    private LeaseBook Book(int count) => new(10, count, 1, Length, _clock);

    /// <summary>Time that passes when it is told to, and a date that can be set.</summary>
    internal sealed class ElapsedClock : TimeProvider
    {
        private long _ticks = 1;

        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => Wall;

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
