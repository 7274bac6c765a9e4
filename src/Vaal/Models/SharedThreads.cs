using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>Work of several threads, each with its share of libtorch's.</summary>
internal static class SharedThreads
{
    /// <summary>Runs the work on the caller's thread, number 0, and on others. The first failure ends all and is thrown
    /// here.</summary>
    /// <param name="workers">how many threads, 1 or more</param>
    /// <param name="work">is given its number, and a function that says whether another has failed</param>
    public static void Run(int workers, Action<int, Func<bool>> work)
    {
        var threads = get_num_threads();
        ExceptionDispatchInfo? failure = null;
        Thread[] helpers = [.. Enumerable.Range(1, workers - 1).Select(number => new Thread(() => Work(number)))];
        foreach (var helper in helpers) helper.Start();
        Work(0);
        foreach (var helper in helpers) helper.Join();
        // which holds for the thread that says it, and for those that come to libtorch later
        if (workers > 1) set_num_threads(threads);
        failure?.Throw();

        void Work(int number)
        {
            try
            {
                if (workers > 1)
                {
                    // a new thread takes the number that another set last, once: not after this one's
                    _ = get_num_threads();
                    set_num_threads(Math.Max(1, threads / workers + (number < threads % workers ? 1 : 0)));
                }
                work(number, () => Volatile.Read(ref failure) is not null);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }
    }
}
