using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vaal.Experiments;

/// <summary>Benches of the same protocol, taken as one: more strategies or more seeds.</summary>
internal static class MergedBenches
{
    // said again in another place, or told apart by what it holds: the images have a fingerprint
    private static readonly string[] NotProtocol = ["data", "format"];

    private static readonly string[] OfImages = ["fingerprint", "images"];

    /// <summary>
    /// All rounds of the benches in these folders, or in files such as <see cref="ResultsFile.CsvName"/>, whose
    /// protocol is not known and is not checked.
    /// </summary>
    /// <exception cref="InputException">two of them differ in a pool's protocol or images, in what a strategy is, or in
    /// a run that both have; the message names the first differences</exception>
    public static IReadOnlyList<ResultRow> Rows(IReadOnlyList<string> folders, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var benches = folders.Select(f => (Folder: f, Protocol: ProtocolOf(f), Rows: RowsOf(f, cancel))).ToList();
        if (benches.All(b => b.Rows.Count == 0))
            throw new InputException($"no run of {string.Join(", ", folders)} has finished a round yet");
        foreach (var (folder, _, found) in benches) Check(folder, found);
        for (var b = 1; b < benches.Count; b++)
            for (var a = 0; a < b; a++)
                if (Differences(benches[a].Protocol, benches[b].Protocol).Take(5)
                    .ToList() is { Count: > 0 } differences)
                    throw new InputException(
                        $"{benches[a].Folder} and {benches[b].Folder} cannot be compared: " +
                        $"{string.Join("; ", differences)} (\"there\" is the first)");
        var rows = new List<ResultRow>();
        var runs = benches.SelectMany(b => b.Rows.GroupBy(r => (r.Pool, r.Strategy, r.Seed))
            .Select(g => (g.Key, b.Folder, Rows: g.OrderBy(r => r.Round).ToList())));
        foreach (var run in runs.GroupBy(r => r.Key))
        {
            var longest = run.MaxBy(r => r.Rows.Count);
            foreach (var other in run)
                if (other.Rows.Zip(longest.Rows)
                    .FirstOrDefault(p => p.First.Accuracy != p.Second.Accuracy
                        || p.First.Labelled != p.Second.Labelled) is { First: { } first } pair)
                    throw new InputException(
                        string.Create(CultureInfo.InvariantCulture,
                            $"{run.Key.Pool}/{run.Key.Strategy}-{run.Key.Seed} is in {other.Folder} and in " +
                            $"{longest.Folder} and differs: {first.Measure} in round {first.Round + 1} " +
                            $"{first.Accuracy} there, {pair.Second.Accuracy} here; leave one of the folders out"));
            rows.AddRange(longest.Rows);
        }
        CheckLabels(rows);
        return rows;
    }

    // pairs are of the same numbers of labels; only what a cost buys differs
    private static void CheckLabels(IReadOnlyList<ResultRow> rows)
    {
        foreach (var round in rows.Where(r => r.Cost is null).GroupBy(r => (r.Pool, r.Seed, r.Round)))
            if (round.FirstOrDefault(r => r.Labelled != round.First().Labelled) is { } other)
                throw new InputException(string.Create(CultureInfo.InvariantCulture,
                    $"expected the same labels in round {other.Round + 1} of pool '{other.Pool}' with seed "
                    + $"{other.Seed}, found {round.First().Labelled} of {round.First().Strategy} and {other.Labelled} "
                    + $"of {other.Strategy}; leave one of the two out"));
    }

    // files may be put together by hand or by other programs
    private static void Check(string source, IReadOnlyList<ResultRow> rows)
    {
        foreach (var row in rows)
        {
            if (string.IsNullOrEmpty(row.Strategy) || row.Pool is null)
                throw new InputException($"{source} has a row without a strategy or a pool");
            if (!double.IsFinite(row.Accuracy)) throw Wrong(row, "a row without an accuracy");
            if (row.Accuracy is < 0 or > 1)
                throw Wrong(row, string.Create(CultureInfo.InvariantCulture,
                    $"the {row.Measure} {row.Accuracy}, and a share of 0 to 1 was expected"));
        }
        foreach (var run in rows.GroupBy(r => (r.Pool, r.Strategy, r.Seed)))
        {
            ResultRow? last = null;
            foreach (var row in run.OrderBy(r => r.Round))
            {
                if (row.Round == last?.Round) throw Wrong(row, "two rows of one round");
                if (row.Round != (last?.Round ?? -1) + 1) throw Wrong(row, "no row of the round before");
                if (row.Labelled <= last?.Labelled) throw Wrong(row, "no more labels than the round before");
                last = row;
            }
        }

        InputException Wrong(ResultRow row, string what) => new(
            $"{source} has {what}: {row.Pool}/{row.Strategy}-{row.Seed}, round {row.Round + 1}");
    }

    private static IReadOnlyList<ResultRow> RowsOf(string source, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return File.Exists(source)
                ? ResultsFile.ReadCsv<ResultRow>(source, "strategy", "seed", "round", "labelled", "accuracy")
            : File.Exists(Path.Combine(source, ResultsFile.JsonName)) ? ResultsFile.Read<ResultRow>(source)
            : [];
    }

    private static JsonObject ProtocolOf(string source) => File.Exists(source)
        ? new() { ["pools"] = new JsonObject(), ["strategies"] = new JsonObject() }
        : Protocol(source);

    // options that one of them did not know yet have their default
    private static JsonObject Protocol(string folder)
    {
        var protocol = BenchGrid.ReadProtocol(folder);
        foreach (var (name, pool) in protocol["pools"]!.AsObject())
        {
            foreach (var key in NotProtocol) pool!["data"]!.AsObject().Remove(key);
            pool!["options"] = JsonSerializer.SerializeToNode(OptionsOf(pool, folder), Json.Options);
            var images = Path.Combine(folder, "pools", name, BenchGrid.PoolName);
            if (!File.Exists(images)) continue;                                      // not begun
            var of = BenchGrid.ReadObject(images);
            foreach (var key in OfImages) pool[key] = of[key]?.DeepClone();
        }
        return protocol;
    }

    private static LoopOptions? OptionsOf(JsonNode pool, string folder)
    {
        try
        {
            return pool["options"].Deserialize<LoopOptions>(Json.Options);
        }
        catch (JsonException e)
        {
            throw BenchGrid.Damaged(Path.Combine(folder, BenchGrid.ProtocolName), e);
        }
    }

    private static IEnumerable<string> Differences(JsonObject a, JsonObject b)
    {
        foreach (var part in new[] { "pools", "strategies" })
            foreach (var (name, first) in a[part]!.AsObject())
                if (b[part]![name] is { } second)
                {
                    var (one, other) = (Begun(first, second), Begun(second, first));
                    foreach (var difference in JsonDifferences.Between(one, other, name)) yield return difference;
                }

        // of a pool that one of them has not begun nobody knows the images there
        static JsonNode? Begun(JsonNode? pool, JsonNode? other)
        {
            if (pool is not JsonObject || other is not JsonObject with) return pool;
            var known = pool.DeepClone().AsObject();
            foreach (var key in OfImages.Where(key => !with.ContainsKey(key))) known.Remove(key);
            return known;
        }
    }
}
