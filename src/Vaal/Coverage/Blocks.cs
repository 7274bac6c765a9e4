using System.Runtime.ExceptionServices;

namespace Vaal.Coverage;

/// <summary>Work on many rows in blocks of them, a block a thread.</summary>
internal static class Blocks
{
    /// <summary>
    /// Calls <paramref name="work"/> for [0, block), [block, 2 block), …; several threads at once, in no order.
    /// </summary>
    /// <param name="work">is given the first row and the one after the last</param>
    public static void InParallel(int count, int block, Action<int, int> work, CancellationToken cancel = default)
    {
        var blocks = (count + block - 1) / block;
        if (blocks <= 1)
        {
            cancel.ThrowIfCancellationRequested();
            if (count > 0) work(0, count);
            return;
        }
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancel,
        };
        try
        {
            Parallel.For(0, blocks, options, i => work(i * block, Math.Min(count, (i + 1) * block)));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);                     // as one thread would
        }
    }
}
