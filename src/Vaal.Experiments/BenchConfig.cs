using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Strategies;

namespace Vaal.Experiments;

/// <summary>One of the settings of a bench: a data set, its shape and its protocol, the same for every
/// strategy.</summary>
/// <param name="Name">in tables and of its folder</param>
/// <param name="Rounds">of each of its runs</param>
internal sealed record BenchPool(string Name, BenchData Data, int Rounds);

/// <summary>
/// A bench, read from JSON: strategies × pools × seeds. A pool may change any option of the bench for itself; a
/// strategy only what concerns the choosing, so that the task model is trained the same way for all. docs/bench.md has
/// every key.
/// </summary>
public sealed class BenchConfig
{
    private static readonly string[] OfStrategies = ["vaal", "features", "candidates"],
        NotOfPools = ["strategy", "seed"];

    /// <summary>One line, for titles.</summary>
    public string Name { get; private init; } = "";

    /// <summary>More about it, for the report.</summary>
    internal string About { get; private init; } = "";

    internal IReadOnlyList<BenchPool> Pools { get; private init; } = [];

    /// <summary>Names, in the order of the file.</summary>
    internal IReadOnlyList<string> Strategies { get; private init; } = [];

    internal IReadOnlyList<long> Seeds { get; private init; } = [];

    /// <summary>The strategy that the others are compared with.</summary>
    internal string Baseline { get; private init; } = "random";

    /// <summary>Why nothing can be compared; null: the baseline is one of the strategies.</summary>
    internal string? BaselineProblem => Strategies.Contains(Baseline) ? null
        : $"no strategy is named '{Baseline}', so the report compares nothing; give 'baseline' in the configuration, "
            + "or run 'vaal compare FOLDER --baseline NAME --out NEW' afterwards";

    /// <summary>Every run: pool by pool, in each seed by seed, so that a bench that is stopped early has
    /// pairs.</summary>
    internal IReadOnlyList<BenchCell> Cells { get; private init; } = [];

    /// <summary>Every run, by name such as <c>pool/vaal-1</c>, and how many rounds it has at most.</summary>
    public IReadOnlyDictionary<string, int> Runs =>
        Cells.DistinctBy(c => c.Name).ToDictionary(c => c.Name, c => c.Options.Rounds);

    private BenchConfig() { }

    /// <summary>All that decides the results, with every default written out.</summary>
    internal JsonObject Protocol { get; private init; } = [];

    /// <param name="data">in place of the bench's <c>data</c>: where the images lie on this machine; null: as the file
    /// says. It is refused where a pool has its own</param>
    /// <exception cref="InputException">the file cannot be used; the message has every fault with its line</exception>
    public static BenchConfig Read(string path, string? data = null)
    {
        if (!File.Exists(path))
            throw new InputException(
                $"no file {path}; expected a bench configuration in JSON, such as those in configs/");
        return Parse(RegularFile.ReadAllText(path), path, data);
    }

    /// <param name="source">the file's name, for messages</param>
    /// <param name="data">as <see cref="Read"/></param>
    /// <exception cref="InputException">as <see cref="Read"/></exception>
    public static BenchConfig Parse(string json, string source = "bench configuration", string? data = null)
    {
        var reader = ConfigReader.Open(json, source);
        var file = reader.Root;
        if (data is not null) Replace(reader, data);
        var (pools, faulty) = ReadPools(reader, file);
        var strategies = ReadStrategies(reader, file);
        var seeds = reader.Numbers(file, "seeds", [1, 2, 3, 4, 5]);
        var cells = new List<BenchCell>();
        foreach (var (pool, place, given, options) in pools)
        {
            var of = ConfigReader.Changed<LoopOptions>(options, []);
            var changed = pool.Data.Images is not null || pool.Data.Imbalance != 1 || pool.Data.Copies != 1
                || pool.Data.Regions is not null;
            string[] shared = [.. Problems(of, changed)];
            foreach (var problem in shared)
                reader.Fault(
                    faulty.Contains(problem) ? Blamed(problem, "$", file) : Blamed(problem, place, given), problem);
            foreach (var (_, changes, at) in strategies)
            {
                var own = Problems(ConfigReader.Changed<LoopOptions>(options, changes), changed).Except(shared);
                foreach (var problem in own) reader.Fault(at, problem);
            }
            cells.AddRange(from seed in seeds
                           from s in strategies
                           select new BenchCell(
                               pool.Name, s.Name, seed,
                               new(ConfigReader.Changed<LoopOptions>(options, s.Changes)) { Seed = seed }));
        }
        var (title, about) =
            (reader.Text(file, "name", Path.GetFileNameWithoutExtension(source)), reader.Text(file, "about", ""));
        string[] names = [.. strategies.Select(s => s.Name)];
        var baseline = reader.Text(file, "baseline", "random");
        if (file["baseline"]?.GetValueKind() == JsonValueKind.String && names.Length > 0 && !names.Contains(baseline))
            reader.Fault("$.baseline", $"no strategy is named '{baseline}'{Suggestion.InWords(baseline, names)}");
        reader.ThrowIfAny();
        return new()
        {
            Name = title,
            About = about,
            Pools = [.. pools.Select(p => p.Pool)],
            Strategies = names,
            Baseline = baseline,
            Seeds = seeds,
            Cells = cells,
            Protocol = new()
            {
                ["pools"] = new JsonObject(pools.Select(p => KeyValuePair.Create(p.Pool.Name, (JsonNode?)new JsonObject
                {
                    ["data"] = JsonSerializer.SerializeToNode(p.Pool.Data, Json.Options),
                    ["options"] = Without(p.Options, NotOfPools),
                }))),
                ["strategies"] = new JsonObject(
                    strategies.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Changes.DeepClone()))),
                ["seeds"] = JsonSerializer.SerializeToNode(seeds, Json.Options),
            },
        };
    }

    // for the whole bench, or not at all
    private static void Replace(ConfigReader reader, string data)
    {
        reader.Root["data"] = data;
        foreach (var (i, pool) in (reader.Root["pools"] as JsonArray ?? []).Index())
            if (pool is JsonObject given && given.ContainsKey("data"))
                reader.Fault($"$.pools[{i}].data", "--data replaces the bench's data, and this pool has its own; leave "
                    + "out one of the two");
    }

    private static IEnumerable<string> Problems(LoopOptions options, bool changed)
    {
        if (changed && options.NumbersImages is { } file)
            yield return $"{file} numbers the images of the unchanged pool; it cannot be used with " +
                $"images, imbalance, copies or regions";
        foreach (var problem in options.Problems()) yield return problem;
    }

    // the key whose value a problem names, where it stands there
    private static string Blamed(string problem, string place, JsonObject given) =>
        given.Select(p => p.Key)
            .FirstOrDefault(key => problem.StartsWith(key + " ", StringComparison.OrdinalIgnoreCase)) is { } key
            ? $"{place}.{key}"
            : place;

    /// <returns>the pools, and the problems that the bench has without them</returns>
    private static (
        List<(BenchPool Pool, string Place, JsonObject Given, JsonObject Options)> Pools, HashSet<string> Faulty)
        ReadPools(ConfigReader reader, JsonObject file)
    {
        string[] others = ["name", "about", "strategies", "pools", "seeds", "baseline"];
        var ofAll = reader.Layer(
            [typeof(BenchData), typeof(LoopOptions)],
            // a value of the wrong kind is one fault; it is not reported as missing too
            [ConfigReader.Defaults(new BenchData { Data = file.ContainsKey("data") ? "?" : "" }),
                ConfigReader.Defaults(new LoopOptions())], file, "$", [.. others, .. NotOfPools], NotOfPools);
        foreach (var key in NotOfPools.Where(file.ContainsKey))
        {
            var instead = key == "seed" ? "seeds" : "strategies";
            reader.Fault($"$.{key}", $"'{key}' cannot be set for the whole bench; give '{instead}'");
        }
        var list = file["pools"] switch
        {
            null => [new JsonObject { ["name"] = "pool" }],
            JsonArray { Count: > 0 } array => array,
            _ => reader.Fault<JsonArray>(
                "$.pools", "expected a list of pools, such as [{\"name\": \"noisy\", \"noise\": 0.2}]", []),
        };
        HashSet<string> faulty = [
            .. ConfigReader.Changed<BenchData>(ofAll[0], []).Problems(),
            .. ConfigReader.Changed<LoopOptions>(ofAll[1], []).Problems()];
        var pools = new List<(BenchPool, string, JsonObject, JsonObject)>();
        foreach (var (i, item) in list.Index())
        {
            var place = file.ContainsKey("pools") ? $"$.pools[{i}]" : "$";
            if (item is not JsonObject given)
            {
                reader.Fault(place, $"{item?.ToJsonString() ?? "null"} is not a pool; expected an object with a name");
                continue;
            }
            var name = reader.Name(given, place, pools.Select(p => p.Item1.Name));
            string[] notHere = file.ContainsKey("pools") ? [.. others.Except(["name"]), .. NotOfPools] : NotOfPools;
            var layers = file.ContainsKey("pools")
                ? reader.Layer(
                    [typeof(BenchData), typeof(LoopOptions)], ofAll, given, place, [.. others, .. NotOfPools], notHere)
                : ofAll;
            foreach (var key in notHere.Where(given.ContainsKey))
                reader.Fault($"{place}.{key}", $"'{key}' cannot be set for a pool; it is the bench's");
            var of = ConfigReader.Changed<BenchData>(layers[0], []);
            foreach (var problem in of.Problems())
                reader.Fault(
                    faulty.Contains(problem) ? Blamed(problem, "$", file) : Blamed(problem, place, given), problem);
            pools.Add(
                (new(name, of, ConfigReader.Changed<LoopOptions>(layers[1], []).Rounds), place, given, layers[1]));
        }
        return (pools, faulty);
    }

    private static List<(string Name, JsonObject Changes, string Place)> ReadStrategies(
        ConfigReader reader, JsonObject file)
    {
        const string wanted = "expected a list of names, such as [\"random\", \"vaal\"]";
        var list = file["strategies"] as JsonArray;
        if (!file.ContainsKey("strategies")) reader.Fault("$", $"'strategies' is missing; {wanted}");
        else if (list is null)
            reader.Fault("$.strategies",
                $"strategies is {file["strategies"]?.ToJsonString() ?? "null"}; {wanted}");
        else if (list.Count == 0) reader.Fault("$.strategies", $"'strategies' is empty; {wanted}");
        var strategies = new List<(string, JsonObject, string)>();
        foreach (var (i, item) in (list ?? []).Index())
        {
            var place = $"$.strategies[{i}]";
            var given = item switch
            {
                JsonValue v when v.TryGetValue<string>(out var text) =>
                    new JsonObject { ["strategy"] = text, ["name"] = text },
                JsonObject o => o,
                _ => null,
            };
            if (given is not { Count: > 0 })
            {
                reader.Fault(
                    place, "expected the name of a strategy, or an object with 'name' and 'strategy', "
                    + $"found {item?.ToJsonString() ?? "null"}");
                continue;
            }
            var strategy = reader.Text(given, "strategy", "", place);
            if (!QueryStrategies.Names.Contains(strategy))
                reader.Fault(
                    place, $"no query strategy '{strategy}'{Suggestion.InWords(strategy, QueryStrategies.Names)}");
            var name = reader.Name(given, place, strategies.Select(s => s.Item1), strategy);
            reader.Layer(
                [typeof(LoopOptions)], [ConfigReader.Defaults(new LoopOptions())],
                new(given.Where(p => OfStrategies.Contains(p.Key))
                    .Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))), place, [], []);
            var notHere = given.Select(p => p.Key)
                .Where(k => k is not ("name" or "strategy") && !OfStrategies.Contains(k));
            foreach (var key in notHere)
                reader.Fault(
                    $"{place}.{key}", $"'{key}' cannot be set for a strategy; a strategy has: "
                    + $"name, strategy, {string.Join(", ", OfStrategies)}");
            var changes = Without(given, ["name"]);
            changes["strategy"] = QueryStrategies.Names.Contains(strategy) ? strategy : "random";
            strategies.Add((name, changes, place));
        }
        return strategies;
    }

    private static JsonObject Without(JsonObject o, string[] keys) =>
        new(o.Where(p => !keys.Contains(p.Key)).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
}
