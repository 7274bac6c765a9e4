using Vaal.Models;

namespace Vaal.Experiments;

public sealed partial class BenchGrid
{
    // The same folders as Run leaves, but the runs themselves are the runner's.
    private void RunElsewhere(
        IBenchRunner runner, int jobs, Listeners tell, PoolImages images, CancellationToken cancel)
    {
        var (tasks, cells, paths) = (new List<BenchTask>(), new List<BenchCell>(), new List<IReadOnlyList<string>>());
        var (threads, dataNames) = (Math.Max(1, Libtorch.Threads / jobs), new List<string>());
        foreach (var pool in _config.Pools)
        {
            var data = images.Of(pool);
            BenchCell[] ofPool = [.. _config.Cells.Where(c => c.Pool == pool.Name)];
            Record(pool, data, ofPool.Select(c => c.Options));
            foreach (var cell in ofPool)
            {
                if (Earlier(cell, data.Name, data.Fingerprint, tell) is not { } earlier) continue;
                cells.Add(cell);
                paths.Add(data.Pool.Paths);
                dataNames.Add(data.Name);
                tasks.Add(BenchTask.Of(cell, pool.Data, data.Fingerprint, _device, threads) with { Rounds = earlier });
            }
        }
        images.Dispose();                                                            // each worker has its own
        try
        {
            if (tasks.Any(t => !t.IsOver(t.Rounds)))
                runner.Run(_folder, tasks, Finished, Failed, e => tell.Report?.Invoke(null, e), cancel);
        }
        finally
        {
            Write();
        }

        void Finished(int number, RoundResult round)
        {
            var cell = cells[number];
            lock (_gate) _rounds[cell] = [.. _rounds.GetValueOrDefault(cell, []), round];
            using (var folder = Open(cell, dataNames[number], tasks[number].Fingerprint))
                folder.Finished(_rounds[cell], paths[number]);
            tell.Finished?.Invoke(cell.Name, round);
            if (tasks[number].IsOver(_rounds[cell])) Write();
        }

        void Failed(int number, string error) => Fail(cells[number], error, tell);
    }

    /// <returns>the rounds of an earlier start; null: the run's folder cannot be used</returns>
    private IReadOnlyList<RoundResult>? Earlier(BenchCell cell, string data, string fingerprint, Listeners tell)
    {
        try
        {
            using var folder = Open(cell, data, fingerprint);
            var earlier = folder.Rounds();
            if (earlier.Count == 0) return [];
            lock (_gate) _rounds[cell] = [.. earlier];
            tell.Resumed?.Invoke(cell.Name, earlier);
            return earlier;
        }
        catch (InputException e) when (!AtomicFile.IsDiskFull(e))
        {
            Fail(cell, e.Message, tell);
            return null;
        }
    }
}
