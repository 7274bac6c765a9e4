using Vaal.Data;
using static TorchSharp.torch;

namespace Vaal.Experiments;

/// <summary>Several strategies on the same data, the same seeds and the same task model: what a fair comparison is.</summary>
public sealed class Comparison
{
    private readonly LoopOptions _options;
    private readonly DataSet _data;
    private readonly string[] _strategies;
    private readonly long[] _seeds;
    private readonly string _folder;

    /// <param name="options">all but the strategy and the seed</param>
    /// <param name="folder">holds a folder a run, and the results</param>
    public Comparison(LoopOptions options, DataSet data, IEnumerable<string> strategies, IEnumerable<long> seeds, string folder)
    {
        (_options, _data, _strategies, _seeds, _folder) = (options, data, [.. strategies], [.. seeds], folder);
    }

    /// <summary>Rounds in all runs together.</summary>
    public int Rounds => _strategies.Length * _seeds.Length * _options.Rounds;

    /// <summary>Runs what has not been run yet, seed by seed so that an early stop leaves pairs, and writes results.csv and results.json.</summary>
    /// <param name="starting">called before each run with its strategy and seed</param>
    /// <param name="finished">called after each round likewise, also for rounds that an earlier start has done</param>
    public IReadOnlyList<ResultRow> Run(Action<TrainEvent>? report = null, Action<string, long>? starting = null, Action<string, long, RoundResult>? finished = null,
        Device? device = null, CancellationToken cancel = default)
    {
        var rows = new List<ResultRow>();
        foreach (var seed in _seeds)
        {
            foreach (var strategy in _strategies)
            {
                starting?.Invoke(strategy, seed);
                var options = _options with { Strategy = strategy, Seed = seed };
                using var folder = RunFolder.Open(Path.Combine(_folder, "runs", $"{strategy}-{seed}"), options, _data.Name, _data.Fingerprint);
                foreach (var done in folder.Rounds()) finished?.Invoke(strategy, seed, done);
                var rounds = new ActiveLearningLoop(options, _data, folder, device).Run(report, round => finished?.Invoke(strategy, seed, round), cancel);
                rows.AddRange(rounds.Select(round => ResultRow.Of(strategy, seed, round)));
            }
        }
        ResultsFile.Write(_folder, rows);
        return rows;
    }
}
