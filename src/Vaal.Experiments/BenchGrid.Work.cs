using Vaal.Data;
using Vaal.Models;

namespace Vaal.Experiments;

public sealed partial class BenchGrid
{
    /// <summary>
    /// Where jobs wait for the first of them to finish a round alone. When several threads of libtorch begin at once, a
    /// convolution's gradient sometimes ends the process (libtorch 2.10, 3 of 40 starts).
    /// </summary>
    private sealed class Start(int jobs) : IDisposable
    {
        private readonly Barrier _gathered = new(jobs);
        private readonly ManualResetEventSlim _begun = new();

        public void Gather(bool leads, CancellationToken cancel)
        {
            _gathered.SignalAndWait(cancel);
            if (!leads) _begun.Wait(cancel);
        }

        public void Begun() => _begun.Set();

        public void Dispose()
        {
            _gathered.Dispose();
            _begun.Dispose();
        }
    }

    // as Run was given them
    private sealed record Listeners(
        Action<string?, TrainEvent>? Report, Action<string, RoundResult>? Finished,
        Action<string, IReadOnlyList<RoundResult>>? Resumed, Action<string, string>? Failed);

    private void Work(
        Queue<BenchCell> cells, DataSet data, int jobs, int threads, Start start, bool leads, Listeners tell,
        CancellationToken cancel)
    {
        start.Gather(leads, cancel);
        try
        {
            Libtorch.Threads = Math.Max(1, threads / jobs);                        // of this thread
            Work(cells, data, jobs, start, tell, cancel);
        }
        finally
        {
            start.Begun();
        }
    }

    private void Work(
        Queue<BenchCell> cells, DataSet data, int jobs, Start start, Listeners tell, CancellationToken cancel)
    {
        while (true)
        {
            BenchCell cell;
            lock (_gate) if (!cells.TryDequeue(out cell!)) return;
            cancel.ThrowIfCancellationRequested();
            try
            {
                Run(cell, data, jobs == 1, start, tell, cancel);
            }
            // one run of many: the others are worth having whatever became of this one
            catch (Exception e) when (
                !(e is OperationCanceledException && cancel.IsCancellationRequested) && !AtomicFile.IsDiskFull(e))
            {
                Fail(cell, e is InputException ? e.Message : e.ToString(), tell);
            }
            Write();
        }
    }

    private void Run(BenchCell cell, DataSet data, bool alone, Start start, Listeners tell, CancellationToken cancel)
    {
        using var folder = Open(cell, data.Name, data.Fingerprint);
        if (folder.Rounds() is { Count: > 0 } earlier)
        {
            lock (_gate)
            {
                _rounds[cell] = [.. earlier];
                tell.Resumed?.Invoke(cell.Name, earlier);
            }
        }
        new ActiveLearningLoop(
            cell.Options, data, folder, Devices.Named(_device))
        { Alone = alone, FirstRounds = Pools(cell.Pool) }.Run(
                e => tell.Report?.Invoke(cell.Name, e), round =>
        {
            start.Begun();
            lock (_gate)
            {
                _rounds[cell] = [.. _rounds.GetValueOrDefault(cell, []), round];
                tell.Finished?.Invoke(cell.Name, round);
            }
        }, cancel);
    }

    private void Fail(BenchCell cell, string error, Listeners tell)
    {
        lock (_gate)
        {
            _failures.Add(new(cell.Pool, cell.Strategy, cell.Seed, error));
            tell.Failed?.Invoke(cell.Name, error);
        }
    }

    private RunFolder Open(BenchCell cell, string data, string fingerprint) => RunFolder.Open(
        Path.Combine(_folder, "cells", cell.Pool, $"{cell.Strategy}-{cell.Seed}"), cell.Options, data, fingerprint,
        ofBench: true);

    // the calling thread is one of them; what ends one ends the bench once the others have nothing left to do
    private static void Together(int jobs, Action<bool> work)
    {
        var errors = new List<Exception>();
        var others = Enumerable.Range(1, jobs - 1)
            .Select(i => new Thread(() => Guarded(leads: false)) { Name = $"bench {i}" }).ToList();
        foreach (var thread in others) thread.Start();
        Guarded(leads: true);
        foreach (var thread in others) thread.Join();
        if (errors.Count > 0) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(errors[0]);

        void Guarded(bool leads)
        {
            try { work(leads); }
            catch (Exception e) { lock (errors) errors.Add(e); }
        }
    }
}
