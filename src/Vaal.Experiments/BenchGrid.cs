using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Models;

namespace Vaal.Experiments;

/// <summary>
/// Runs a bench cell by cell in one folder. <c>bench.json</c> is its configuration. <c>pools/</c> has each pool's
/// images and its first labels, the same for all strategies. <c>cells/</c> has one folder per run. <c>results.csv</c>,
/// <c>.json</c> and <c>.sqlite</c> have all rounds so far. Finished rounds are never run again.
/// </summary>
public sealed partial class BenchGrid : IDisposable
{
    internal const string ProtocolName = "bench.json", PoolName = "pool.json";
    private static readonly JsonSerializerOptions Indented = new(Json.Options) { WriteIndented = true };
    private static readonly JsonDocumentOptions NoDoubles = new() { AllowDuplicateProperties = false };

    private readonly BenchConfig _config;
    private readonly string _folder;
    private readonly string _device;
    private readonly IBenchRunner? _runner;
    private readonly FileStream _lock;
    private readonly Lock _gate = new();
    private readonly Dictionary<BenchCell, IReadOnlyList<RoundResult>> _rounds = [];
    private readonly List<BenchFailure> _failures = [];

    private BenchGrid(
        BenchConfig config, string folder, string device, IBenchRunner? runner, FileStream exclusive) =>
        (_config, _folder, _device, _runner, _lock) = (config, folder, device, runner, exclusive);

    /// <summary>Opens the folder of this bench, or makes it.</summary>
    /// <param name="runner">does the runs; null: this process</param>
    /// <exception cref="InputException">another bench is in it, or another process works in it</exception>
    public static BenchGrid Open(
        BenchConfig config, string folder, string device = "cpu", IBenchRunner? runner = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (File.Exists(folder)) throw new InputException($"{folder} is a file; expected a folder for the bench");
        var file = Path.Combine(folder, ProtocolName);
        if (Directory.Exists(folder) && !File.Exists(file)
            && !Directory.EnumerateFileSystemEntries(folder).All(RunFolder.IsOurs))
            throw new InputException($"{folder} is not empty and holds no bench of vaal; give an empty or new folder");
        RunFolder.Make(folder);
        var exclusive = RunFolder.Lock(folder);
        try
        {
            if (!File.Exists(file)) AtomicFile.WriteAllText(file, config.Protocol.ToJsonString(Indented));
            else if (
                JsonDifferences.Between(ReadProtocol(folder), config.Protocol).Take(5)
                .ToList() is { Count: > 0 } differences && !BeginAnew(folder, config))
                throw new InputException(
                    $"{folder} holds a bench with another configuration ({string.Join("; ", differences)}); "
                    + "give another folder, and merge the two with 'vaal compare'");
            return new BenchGrid(config, folder, device, runner, exclusive);
        }
        catch
        {
            exclusive.Dispose();
            throw;
        }
    }

    // a configuration that no run could begin with may be corrected: what is there is no more than what such a start
    // leaves
    private static bool BeginAnew(string folder, BenchConfig config)
    {
        string[] left =
            [.. new[] { "pools", "cells" }.Select(part => Path.Combine(folder, part)).Where(Directory.Exists)];
        if (left.SelectMany(part => Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories))
            .Any(f => Path.GetFileName(f) is not (PoolName or "run.json" or ".lock")
                && !Path.GetFileName(f).StartsWith("initial-", StringComparison.Ordinal)))
            return false;
        foreach (var part in left) Directory.Delete(part, recursive: true);
        AtomicFile.WriteAllText(Path.Combine(folder, ProtocolName), config.Protocol.ToJsonString(Indented));
        return true;
    }

    /// <summary>Whether a folder holds a bench.</summary>
    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, ProtocolName));

    /// <summary>What the bench in a folder is.</summary>
    internal static JsonObject ReadProtocol(string folder)
    {
        var file = Path.Combine(folder, ProtocolName);
        if (!File.Exists(file))
            throw new InputException($"no {ProtocolName} in {folder}; expected the folder of a bench");
        return ReadObject(file) is var protocol && protocol["strategies"] is JsonObject
            && protocol["pools"] is JsonObject pools
            && pools.All(p => p.Value is JsonObject pool && pool["data"] is JsonObject && pool["options"] is JsonObject)
            ? protocol : throw new InputException($"{file} is damaged or not vaal's: it names no pools and strategies");
    }

    internal static JsonObject ReadObject(string file)
    {
        try
        {
            return JsonNode.Parse(RegularFile.ReadAllText(file), documentOptions: NoDoubles) is JsonObject found
                ? found : throw new JsonException("it is no object");
        }
        catch (JsonException e)
        {
            throw Damaged(file, e);
        }
    }

    internal static InputException Damaged(string file, JsonException e) =>
        new($"{file} is damaged ({e.Message}); give another folder", e);

    /// <summary>Runs what has not been run yet. A run that fails is recorded, and the rest go on; the next start tries
    /// it again. What the configuration and the images of any pool have wrong is found before the first run.</summary>
    /// <param name="jobs">runs at once; they share the processors, and the memory of a selection is then not
    /// weighed</param>
    /// <param name="report">progress inside a run, which is named as in <see cref="BenchConfig.Runs"/>; without a run,
    /// while a pool is loaded. Called by each job's own thread</param>
    /// <param name="finished">called after each round of a run; one call at a time</param>
    /// <param name="resumed">called when a run goes on with the rounds of an earlier start, at least one; one call at a
    /// time</param>
    /// <param name="failed">called when a run has failed, with the reason; one call at a time</param>
    /// <param name="note">what the user must know of a data set or of the configuration</param>
    /// <returns>the statistics of all rounds so far</returns>
    /// <exception cref="InputException">a pool cannot be loaded, or its options do not go with it</exception>
    public BenchSummary Run(
        int jobs = 1, Action<string?, TrainEvent>? report = null, Action<string, RoundResult>? finished = null,
        Action<string, IReadOnlyList<RoundResult>>? resumed = null, Action<string, string>? failed = null,
        Action<string>? note = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        var listeners = new Listeners(report, finished, resumed, failed);
        using var images = new PoolImages(e => report?.Invoke(null, e), note, cancel);
        Check(images, note);
        if (_runner is not null)
        {
            RunElsewhere(_runner, jobs, listeners, images, cancel);
            return Summary();
        }
        var threads = Libtorch.Threads;
        try
        {
            foreach (var pool in _config.Pools)
            {
                var data = images.Of(pool);
                var cells = new Queue<BenchCell>(_config.Cells.Where(c => c.Pool == pool.Name));
                Record(pool, data, cells.Select(c => c.Options));
                using var start = new Start(jobs);
                Together(
                    jobs, leads =>
                        Work(cells, data, jobs, threads, start, leads, listeners, cancel));
                // which no run needs any more
                foreach (var task in Directory.EnumerateFiles(Pools(pool.Name), "*.safetensors")) File.Delete(task);
            }
        }
        catch (OperationCanceledException)
        {
            Write();
            throw;
        }
        finally
        {
            Libtorch.Threads = threads;
        }
        Write();
        return Summary();
    }

    // every round so far, in the order of the grid
    private IReadOnlyList<ResultRow> Rows()
    {
        lock (_gate)
            return [.. from cell in _config.Cells where _rounds.ContainsKey(cell) from round in _rounds[cell]
                select ResultRow.Of(cell.Strategy, cell.Seed, round, cell.Pool)];
    }

    private BenchSummary Summary()
    {
        var rows = Rows();
        lock (_gate)
            return BenchSummary.Of(rows, _config.Baseline, _config.Name, _config.About, _config.Cells.Count,
                [.. _failures]);
    }

    public void Dispose() => _lock.Dispose();

    // written once; on a later start what is there must be what would be written
    private void Record(BenchPool pool, DataSet data, IEnumerable<LoopOptions> runs)
    {
        var folder = Pools(pool.Name);
        Directory.CreateDirectory(folder);
        Once(PoolName,
            JsonSerializer.Serialize(
                new
                {
                    data = data.Name,
                    fingerprint = data.Fingerprint,
                    images = data.Pool.Count,
                    test = data.Test?.Count ?? 0,
                    classes = data.ClassNames,
                    notes = data.Notes
                }, Indented) +
                    "\n", WithoutNotes);
        foreach (var options in runs.DistinctBy(o => o.Seed))
            Once($"initial-{options.Seed}.txt",
                string.Concat(
                    InitialPool.Draw(data.Pool, options.Initial, options.Draw, options.Seed, options.WithoutClasses)
                    .Select(id => id.ToString(CultureInfo.InvariantCulture) + "\n")));

        void Once(string name, string text, Func<string, string>? whatCounts = null)
        {
            whatCounts ??= all => all;
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) AtomicFile.WriteAllText(file, text);
            else if (whatCounts(RegularFile.ReadAllText(file)) != whatCounts(text)) throw new InputException(
                $"{file} is not what the images of {pool.Data.Data} give now: they, or the file, have changed; give " +
                $"another folder");
        }
    }

    // a note that a cache was rebuilt comes once, for the same images
    private static string WithoutNotes(string pool)
    {
        try
        {
            var of = JsonNode.Parse(pool) as JsonObject;
            of?.Remove("notes");
            return of?.ToJsonString() ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private string Pools(string pool) => Path.Combine(_folder, "pools", pool);

    private void Write()
    {
        lock (_gate)
        {
            var rows = Rows();
            ResultsFile.Write(_folder, rows);
            ResultsDatabase.Write(Path.Combine(_folder, ResultsDatabase.Name), rows, _failures);
        }
    }
}
