using System.Runtime.ExceptionServices;

namespace Vaal.Coverage;

/// <summary>Work on many rows in blocks of them, a block a thread.</summary>
internal static class Blocks
{
    /// <summary>
    /// Calls <paramref name="work"/> for [0, block), [block, 2 block), …; several threads at once, in no order.
    /// </summary>
    /// <param name="work">is given the first row and the one after the last</param>
    /// <param name="rows">counts the rows whose work is done; null: nobody counts them</param>
    public static void InParallel(int count, int block, Action<int, int> work, CancellationToken cancel = default,
        PhaseCount? rows = null)
    {
        var blocks = (count + block - 1) / block;
        if (blocks <= 1)
        {
            cancel.ThrowIfCancellationRequested();
            if (count > 0) Do(0);
            return;
        }
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancel,
        };
        try
        {
            Parallel.For(0, blocks, options, Do);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);                     // as one thread would
        }

        void Do(int number)
        {
            var (from, end) = (number * block, Math.Min(count, (number + 1) * block));
            work(from, end);
            rows?.Add(end - from);
        }
    }
}
