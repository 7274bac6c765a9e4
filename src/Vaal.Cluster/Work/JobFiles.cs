using System.Text;
using System.Text.Json;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Experiments;

namespace Vaal.Cluster.Work;

/// <summary>
/// The files of a job:
/// <code>
/// job.json                     the manifest; written last when a job is made
/// entries/0000/000000.tsv      location, label, bytes and time of each image of a shard
/// labels.tsv, left-out.csv     labelled images by number; entries that cannot be used, and why
/// rows/0000/000000.rows        features of a shard             (book/shard; see RowFile)
/// fit/0000/000000.fit          what every shard needs          (see JobModel)
/// score/0000/000000.score      scores, or candidates, of a shard
/// choose/0000/000000.json      the choice
/// runs/0000/000000.json        of a bench: what a run is; a run is a shard
/// rounds/0000/000000-000.json  of a bench: a finished round of a run
/// bench/0000/000000.json       of a bench: every round of a run, or why it failed
/// books/0000/…                 one empty file for each time that a grain took up a book: its epochs
/// cancelled                    the user stopped the job; deleted when it goes on
/// </code>
/// </summary>
internal sealed class JobFiles(OutputStore store)
{
    public const string ManifestName = "job.json", LabelsName = "labels.tsv", LeftOutName = "left-out.csv";
    private const string CancelledName = "cancelled", EntriesName = "entries";

    /// <summary>What making a job that was stopped may leave.</summary>
    public static IReadOnlyCollection<string> Unfinished { get; } = [LabelsName, LeftOutName, EntriesName];

    public OutputStore Store => store;

    public bool IsCancelled
    {
        get => store.Exists(CancelledName);
        set
        {
            if (value) store.WriteOnce(CancelledName, []);
            else store.Delete(CancelledName);
        }
    }

    /// <summary>Null: there is no job here.</summary>
    public JobManifest? Manifest() => store.Read(ManifestName) is { } json
        ? JobManifest.Parse(json, $"{store.Address}/{ManifestName}") : null;

    /// <exception cref="InputException">there is no job here</exception>
    public JobManifest NeedManifest() => Manifest()
        ?? throw new InputException($"expected a job in {store.Address}, found none; 'vaal cluster submit' makes one");

    public static string Folder(Stage stage, int book) => $"{Name(stage)}/{book:0000}";

    public static string File(Stage stage, int shard) =>
        $"{Folder(stage, shard / JobManifest.ShardsInBook)}/{shard:000000}.{Extension(stage)}";

    /// <summary>The shards of a book that have their file.</summary>
    public IReadOnlySet<int> Done(Stage stage, int book) => store.List(Folder(stage, book))
        .Where(n => n.EndsWith("." + Extension(stage), StringComparison.Ordinal))
        .Select(n => int.TryParse(Path.GetFileNameWithoutExtension(n), out var shard) ? shard : -1)
        .Where(s => s >= 0).ToHashSet();

    /// <summary>Shards of a stage that have their file.</summary>
    public int DoneIn(JobManifest job, Stage stage) =>
        Enumerable.Range(0, job.Books(stage)).Sum(book => Done(stage, book).Count);

    /// <summary>
    /// A number that no other taker of this book has or had; the later, the higher. It makes the epochs of leases
    /// fencing tokens even where two silos believe that the book is theirs.
    /// </summary>
    public int TakeBook(Stage stage, int book)
    {
        var folder = BookFolder(stage, book);
        for (var next = store.List(folder).Count == 0 ? 1 : Last(folder) + 1; ; next++)
            if (store.WriteOnce($"{folder}/{next:000000}", [])) return next;
    }

    public IReadOnlyList<PoolEntry> Entries(int shard)
    {
        var name = EntriesFile(shard);
        var bytes = store.Read(name) ?? throw Missing(name, "give another folder");
        return [.. Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(PoolEntry.Parse)];
    }

    /// <summary>A silo gave out shards of the job.</summary>
    public bool WasBegun(JobManifest job) => store.List(BookFolder(job.Stages[0], 0)).Count > 0;

    public static string EntriesFile(int shard) =>
        $"{EntriesName}/{shard / JobManifest.ShardsInBook:0000}/{shard:000000}.tsv";

    /// <summary>Class of each labelled image, by its number.</summary>
    public SortedDictionary<int, int> Labels()
    {
        var labels = new SortedDictionary<int, int>();
        var text = Encoding.UTF8.GetString(store.Read(LabelsName) ?? throw Missing(LabelsName,
            "give another folder"));
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var cells = line.Split('\t');
            labels.Add(int.Parse(cells[0]), int.Parse(cells[1]));
        }
        return labels;
    }

    public byte[] Need(Stage stage, int shard)
    {
        var name = File(stage, shard);
        return store.Read(name) ?? throw Missing(name, "submit the job again, and it is made");
    }

    public static string BenchTaskFile(int shard) =>
        $"runs/{shard / JobManifest.ShardsInBook:0000}/{shard:000000}.json";

    public static string RoundFile(int shard, int round) =>
        $"{RoundFolder(shard / JobManifest.ShardsInBook)}/{shard:000000}-{round:000}.json";

    public BenchTask BenchTask(int shard) => Parsed<BenchTask>(BenchTaskFile(shard));

    public BenchRun BenchRun(int shard) => Parsed<BenchRun>(File(Stage.Bench, shard));

    /// <summary>The rounds of a run that are finished, in order.</summary>
    public IReadOnlyList<RoundResult> Rounds(int shard)
    {
        var rounds = new List<RoundResult>();
        while (store.Read(RoundFile(shard, rounds.Count)) is { } json)
            rounds.Add(JsonSerializer.Deserialize<RoundResult>(json, Json.Options)!);
        return rounds;
    }

    /// <summary>How many rounds the runs of a book have.</summary>
    public IEnumerable<(int Shard, int Rounds)> RoundsIn(int book) => store.List(RoundFolder(book))
        .GroupBy(n => int.Parse(n.Split('-')[0])).Select(g => (g.Key, g.Count()));

    /// <summary>Null: the job has not come so far.</summary>
    public JobChoice? Choice() => store.Read(File(Stage.Choose, 0)) is { } json
        ? JsonSerializer.Deserialize<JobChoice>(json, Json.Options) : null;

    private static string RoundFolder(int book) => $"rounds/{book:0000}";

    private T Parsed<T>(string name)
    {
        var bytes = store.Read(name) ?? throw Missing(name, "delete the folder");
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Json.Options)!;
        }
        catch (JsonException e)
        {
            throw new InputException($"{store.Address}/{name} is damaged ({e.Message}); delete the folder", e);
        }
    }

    // a store without its manifest is a share that is not mounted: no mistake of the job
    private Exception Missing(string name, string then) => S3Address.Recognises(store.Address)
        || store.Exists(ManifestName)
        ? new InputException($"expected {store.Address}/{name}, found none; {then}")
        : new IOException($"expected the job in {store.Address} on {Environment.MachineName}, found none; "
            + "mount it under this path, and the job goes on");

    private static string BookFolder(Stage stage, int book) => $"books/{Name(stage)}-{book:0000}";

    private int Last(string folder) => store.List(folder).Max(n => int.Parse(n));

    private static string Name(Stage stage) => stage == Stage.Embed ? "rows" : stage.ToString().ToLowerInvariant();

    private static string Extension(Stage stage) =>
        stage is Stage.Choose or Stage.Bench ? "json" : Name(stage);
}

/// <summary>What a job chose.</summary>
/// <param name="Picks">best first</param>
internal sealed record JobChoice(string Strategy, IReadOnlyList<JobPick> Picks);

/// <summary>A chosen image.</summary>
/// <param name="Id">its place in the pool</param>
internal sealed record JobPick(int Rank, int Id, string Location, float Score);
