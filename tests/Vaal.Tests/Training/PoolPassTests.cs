using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

[Collection(RunsAlone.Name)]
public sealed class PoolPassTests : IDisposable
{
    private const int Side = 8, Count = 700;                                         // five batches of 128 and a rest
    private readonly ImageSet _images = Noise();
    private readonly int _threads = get_num_threads();

    public PoolPassTests() => set_num_threads(3);

    /// <summary>Whatever thread takes a batch, each number is its image's: here the sum of its bytes, and its
    /// negative.</summary>
    [Theory]
    [InlineData(128)]
    [InlineData(null)]
    public void Score_RowsOfTwo_AreEachImagesOwn(int? imagesAThread)
    {
        int[] ids = [.. Enumerable.Range(0, Count).Reverse().Where(id => id % 7 != 0)];
        var scores = PoolPass.Score(_images, ids, SumOfBytes, CPU, columns: 2, imagesAThread: imagesAThread);
        Assert.Equal(2 * ids.Length, scores.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            var sum = 0.0;
            foreach (var b in _images[ids[i]]) sum += b;
            Assert.Equal(sum, scores[2 * i], 0.5);
            Assert.Equal(-sum, scores[2 * i + 1], 0.5);
        }
    }

    /// <summary>At most four at once, and none of libtorch's threads is left out.</summary>
    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(6, 1, 1, 2, 2)]
    [InlineData(9, 2, 2, 2, 3)]
    public void Score_SideBySide_SharesLibtorchsThreadsOutAndLeavesTheirNumberAsItWas(int threads, params int[] shares)
    {
        set_num_threads(threads);
        // opens only when so many threads are there at once
        using var together = new Barrier(shares.Length);
        var seen = new Dictionary<int, int>();
        PoolPass.Score(_images, [.. Enumerable.Range(0, shares.Length * 128)], x =>
        {
            Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(3)));
            lock (seen) seen.Add(Environment.CurrentManagedThreadId, get_num_threads());
            return SumOfBytes(x).select(1, 0);
        }, CPU, imagesAThread: 128);
        Assert.Equal(shares, seen.Values.Order());
        Assert.Contains(Environment.CurrentManagedThreadId, seen.Keys);
        Assert.Equal(threads, get_num_threads());
    }

    [Fact]
    public void Score_SideBySide_ReportsOnTheCallersThreadAndOnlyForward()
    {
        var events = new List<(int Thread, long Done)>();
        PoolPass.Score(
            _images, [.. Enumerable.Range(0, Count)], x => SumOfBytes(x).select(1, 0), CPU, e =>
                events.Add((Environment.CurrentManagedThreadId, e.Done)), imagesAThread: 128);
        Assert.All(events, e => Assert.Equal(Environment.CurrentManagedThreadId, e.Thread));
        Assert.Equal(events.Select(e => e.Done).Order(), events.Select(e => e.Done));
        Assert.Equal(events.Select(e => e.Done).Distinct(), events.Select(e => e.Done));
        Assert.Equal(Count, events[^1].Done);
    }

    [Fact]
    public void Score_AThreadThatFails_EndsTheOthersAndTheCallerHearsOfIt()
    {
        var (calls, me) = (0, Environment.CurrentManagedThreadId);
        var failing = new TaskCompletionSource<Thread>();
        var e = Assert.Throws<FormatException>(() => PoolPass.Score(_images, [.. Enumerable.Range(0, Count)], x =>
        {
            Interlocked.Increment(ref calls);
            if (Environment.CurrentManagedThreadId != me)
            {
                failing.TrySetResult(Thread.CurrentThread);
                throw new FormatException("a batch");
            }
            failing.Task.GetAwaiter().GetResult().Join();                             // it has noted its failure
            return SumOfBytes(x).select(1, 0);
        }, CPU, imagesAThread: 128));
        Assert.Equal("a batch", e.Message);
        Assert.InRange(calls, 1, 3);                                                  // of six batches: one a thread
        Assert.Equal(3, get_num_threads());
    }

    [Fact]
    public void Score_Cancelled_Stops()
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => PoolPass.Score(_images, [.. Enumerable.Range(0, Count)], x =>
        {
            cancel.Cancel();
            return SumOfBytes(x).select(1, 0);
        }, CPU, cancel: cancel.Token, imagesAThread: 128));
    }

    public void Dispose()
    {
        set_num_threads(_threads);
        _images.Dispose();
    }

    // (B, C, H, W) → (B, 2)
    private static Tensor SumOfBytes(Tensor x)
    {
        var sum = ((x + 1) * 127.5).sum([1, 2, 3]);
        return stack([sum, -sum], 1);
    }

    private static ImageSet Noise()
    {
        var bytes = new byte[Count * 3 * Side * Side];
        new Random(5).NextBytes(bytes);
        return new ImageSet(PixelStore.Copy(bytes), 3, Side, Side);
    }
}
