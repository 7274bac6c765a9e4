using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Grains;

/// <summary>
/// Leases of up to 1,024 shards. What is done it reads from the store when it wakes up; leases it forgets when it ends,
/// and a new generation of epochs makes sure that nobody's old lease holds.
/// </summary>
internal sealed class ShardBook(CoordinationOptions options) : Grain, IShardBook
{
    private LeaseBook? _book;
    private Stage _stage;
    private int _leftOut;
    private string? _failure, _lastReturn;
    private bool _stopped;

    public async Task<ShardLease?> Take(string store, WorkerInfo worker)
    {
        var book = await Book(store);
        if (_failure is not null || _stopped || book.Take(worker.Name) is not { } given) return null;
        return new(_stage, given.Shard, given.Epoch, options.Lease);
    }

    public async Task<bool> Renew(string store, int shard, long epoch) =>
        (await Book(store)).Renew(shard, epoch) && _failure is null && !_stopped;

    public async Task<Brought> Complete(string store, int shard, long epoch, string digest, string? there, int leftOut)
    {
        var book = await Book(store);
        var brought = there is not null && there != digest ? Brought.Conflict : book.Complete(shard, epoch, digest);
        if (brought == Brought.Conflict)
            _failure = ConflictException.Text(JobFiles.File(_stage, shard), there ?? "another result", digest);
        if (brought == Brought.Accepted) _leftOut += leftOut;
        return brought;
    }

    public async Task Return(string store, int shard, long epoch, string reason, bool fatal)
    {
        (await Book(store)).Return(shard, epoch);
        _lastReturn = $"shard {shard}: {reason}";
        if (fatal) _failure = _lastReturn;
    }

    public async Task<BookStatus> Status(string store)
    {
        var book = await Book(store);
        return new(book.Count, book.Done, book.Leased, book.Expired, book.Refused, book.Failures, book.OldestLease,
            _leftOut, _failure, book.Done < book.Count ? _lastReturn : null);
    }

    public Task Stop()
    {
        _stopped = true;
        return Task.CompletedTask;
    }

    public Task Reload()
    {
        (_book, _failure, _lastReturn, _stopped) = (null, null, null, false);
        return Task.CompletedTask;
    }

    private async Task<LeaseBook> Book(string store)
    {
        if (_book is not null) return _book;
        var parts = this.GetPrimaryKeyString().Split('/');
        var (stage, number) = (Enum.Parse<Stage>(parts[1]), int.Parse(parts[2]));
        // not in the grain's turn: a store may be slow
        var (book, done, stopped) = await Task.Run(() =>
        {
            try
            {
                var files = new JobFiles(OutputStore.Open(store, options.S3));
                var first = number * JobManifest.ShardsInBook;
                var count = Math.Min(JobManifest.ShardsInBook, files.NeedManifest().Count(stage) - first);
                var made = new LeaseBook(first, count, files.TakeBook(stage, number), options.Lease, options.Clock);
                return (made, files.Done(stage, number), files.IsCancelled);
            }
            // what a silo can send; of another one whoever asks would hear nothing
            catch (Exception e) when (e is InputException or IOException)
            {
                throw new IOException(e.Message);
            }
        });
        if (_book is not null) return _book;
        foreach (var shard in done) book.Known(shard);
        (_stage, _book, _stopped) = (stage, book, stopped);
        return book;
    }
}
