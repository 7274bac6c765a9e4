using Vaal.Data;
using Vaal.Encoders;

namespace Vaal.Experiments;

public sealed partial class BenchGrid
{
    /// <summary>The images of one pool at a time. Pools after one another that have the same images share
    /// them.</summary>
    private sealed class PoolImages(Action<TrainEvent> report, Action<string>? note, CancellationToken cancel)
        : IDisposable
    {
        private readonly HashSet<string> _said = [];
        private (BenchData Of, DataSet Data)? _last;

        /// <exception cref="InputException">they cannot be used; the message names the pool</exception>
        public DataSet Of(BenchPool pool)
        {
            if (_last is { } last && last.Of == pool.Data) return last.Data;
            Dispose();
            var data = Load(pool);
            _last = (pool.Data, data);
            foreach (var line in data.Notes.Where(_said.Add)) note?.Invoke(line);
            return data;
        }

        private DataSet Load(BenchPool pool)
        {
            try
            {
                return pool.Data.Load(report, cancel);
            }
            catch (InputException e)
            {
                throw new InputException($"{pool.Name}: {e.Message}", e);
            }
        }

        public void Dispose()
        {
            _last?.Data.Dispose();
            _last = null;
        }
    }

    // the first pool last: its images are then at hand for its runs
    private void Check(PoolImages images, Action<string>? note)
    {
        if (_config.BaselineProblem is { } problem) note?.Invoke(problem);
        foreach (var pool in _config.Pools.Reverse())
        {
            var data = images.Of(pool);
            BenchCell[] cells = [.. _config.Cells.Where(c => c.Pool == pool.Name).DistinctBy(c => c.Strategy)];
            Check(cells, data);
            if (data.Pool.Masks is not null) continue;
            foreach (var key in OfMasks(pool.Data, cells[0].Options))
                note?.Invoke($"{pool.Name}: {key} is for images with masks, and these have none; it changes nothing");
        }
    }

    // what does not suit the images is the same with every seed
    private void Check(BenchCell[] cells, DataSet data)
    {
        // strategies differ in no file but that of their features, which is read once
        var ofFiles = new Dictionary<string, string?>();
        string?[] problems = [.. cells.Select(cell => Problem(cell.Options, data, files: false)
            ?? (ofFiles.TryGetValue(cell.Options.Features, out var known) ? known
                : ofFiles[cell.Options.Features] = Problem(cell.Options, data, files: true)))];
        if (Array.Find(problems, p => p is not null) is not { } first) return;
        var cell = cells[Array.IndexOf(problems, first)];
        var where = problems.All(p => p == first) ? cell.Pool : $"{cell.Pool}/{cell.Strategy}";
        throw new InputException($"{where}: {first}");
    }

    private string? Problem(LoopOptions options, DataSet data, bool files)
    {
        try
        {
            Simulation.Check(options, data, files);
            // on a cluster each worker has its own
            if (files && _runner is null && PretrainedEncoders.Has(options.Features))
                SourceFeatures.CheckHere(options.Features);
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<string> OfMasks(BenchData data, LoopOptions options)
    {
        var usual = new LoopOptions();
        if (data.Frame is not null) yield return "frame";
        if (options.PixelReduction != usual.PixelReduction) yield return "pixelReduction";
        if (options.TopPixels != usual.TopPixels) yield return "topPixels";
    }
}
