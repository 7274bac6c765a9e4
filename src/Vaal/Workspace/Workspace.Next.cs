using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Reporting;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Where trainings under way keep their state.</summary>
    private string UnderWay => Path.Combine(Folder, "next");

    /// <summary>
    /// Chooses which images to label next and records the round. Stopped or killed, the same call goes on where it was and
    /// chooses the same images; called again before anything was labelled, it gives the round that it made.
    /// </summary>
    /// <exception cref="InputException">an option is out of range, no image is left, another process works on the workspace</exception>
    public NextReport Next(NextOptions options, Action<TrainEvent>? report = null, Device? device = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems().ToList() is { Count: > 0 } problems) throw new InputException(string.Join("; ", problems));
        using var held = Lock("next", cancel: cancel);
        using var images = LoadImages(report: report, cancel: cancel);
        var waiting = WaitingPicks();
        var last = Rounds().LastOrDefault(r => r.Undone is null);
        if (last is not null && IdentityIn(last.Options) == Identity(options, images, waiting.Where(w => w.Round != last.Id).Select(w => w.Image).ToHashSet()))
        {
            if (!Directory.Exists(ModelsOf(last.Id)) && Directory.Exists(UnderWay)) KeepModels(last.Id);   // it was ended right after recording
            return new(last, Picks(last.Id), Again: true);
        }

        var started = _clock.GetUtcNow();
        var pool = new Pool(images.Images, [.. images.Labelled, .. images.Unlabelled]);
        foreach (var id in images.Labelled) pool.Label(id, images.Images.Classes[id]);
        var wait = waiting.Select(w => w.Image).ToHashSet();
        var identity = Identity(options, images, wait);
        Directory.CreateDirectory(UnderWay);
        var used = options.Minutes is null ? options : options with { Vaal = options.Vaal with { Iterations = Length(options, pool, identity, device ?? CPU, cancel) } };
        var training = new TrainingRecord();
        void Listen(TrainEvent e)
        {
            training.Add(e);
            report?.Invoke(e);
        }
        var choice = new Choice(pool, id => images.Rows[id].NearGroup, images.Rows.Index().Where(r => wait.Contains(r.Item.Id)).Select(r => r.Index).ToHashSet(),
            used, device ?? CPU, UnderWay, identity, Listen, cancel);
        var made = choice.Make((networks, selection) =>
        {
            var folder = Path.Combine(UnderWay, "models");
            networks.Save(folder);
            RoundArtifacts.Measure(networks.TrainedVaal, images.Images, pool.Labelled, pool.Unlabelled, selection.Ids, i => images.Rows[i].Id, training, options.Seed, cancel).Save(folder);
        });

        var json = JsonSerializer.SerializeToNode(used, Json.Options)!.AsObject();
        (json["identity"], json["labelled"], json["unlabelled"]) = (identity, images.Labelled.Length, images.Unlabelled.Length);
        var round = RecordRound(new Round
        {
            Strategy = made.ColdStart ? NextReport.ColdStart : options.Strategy,
            Options = json.ToJsonString(Json.Options),
            Seed = options.Seed,
            Budget = options.Budget,
            Health = HealthJson(made.Health, made.Verdict),
            Started = started,
            Finished = _clock.GetUtcNow(),
        }, [.. made.Selection.Ids.Select((id, i) => new PickRow(images.Rows[id].Id, i + 1, i < made.Selection.Scores.Count ? made.Selection.Scores[i] : null, made.Reasons[i]))]);
        KeepModels(round);
        return new(Rounds().Single(r => r.Id == round), Picks(round), Again: false);
    }

    /// <summary>The networks that a round was chosen with: <c>vaal.safetensors</c>, <c>task.safetensors</c>, those that were trained.</summary>
    public string ModelsOf(int round) => Path.Combine(Folder, "models", $"round-{round}");

    // The checkpoints have served; the networks stay.
    private void KeepModels(int round)
    {
        var (made, kept) = (Path.Combine(UnderWay, "models"), ModelsOf(round));
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.Exists(kept)) Directory.Delete(kept, recursive: true);
        if (Directory.Exists(made)) Directory.Move(made, kept);
        Directory.Delete(UnderWay, recursive: true);
    }

    // Written down before the training begins, so that going on after a stop does not depend on the clock again.
    private int Length(NextOptions options, Pool pool, string identity, Device device, CancellationToken cancel)
    {
        var file = Path.Combine(UnderWay, "length.json");
        if (File.Exists(file) && JsonNode.Parse(File.ReadAllText(file)) is { } known && (string?)known["identity"] == identity) return (int)known["iterations"]!;
        var minutes = options.Minutes!.Value / (options.Thorough ? 2 : 1);
        var iterations = Choice.IterationsIn(TimeSpan.FromMinutes(minutes), options.Vaal, pool, device, cancel);
        AtomicFile.WriteAllText(file, new JsonObject { ["identity"] = identity, ["iterations"] = iterations }.ToJsonString());
        return iterations;
    }

    /// <summary>Images of the pool that a standing round chose and that have no label yet.</summary>
    private List<(int Image, int Round)> WaitingPicks() => _db.Query(
        "select image, round from picks join rounds on rounds.id = picks.round where rounds.undone is null and image not in (select image from labels)",
        r => (r.GetInt32(0), r.GetInt32(1)));

    /// <summary>Changes with whatever decides which images are chosen: options, files, labels, what waits.</summary>
    private static string Identity(NextOptions options, WorkspaceImages images, IReadOnlySet<int> waiting)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(options, Json.Options)));
        void Add(params ReadOnlySpan<long> numbers) => hash.AppendData(MemoryMarshal.AsBytes(numbers));
        Add(images.Images.Height, images.Images.Width, images.Images.Channels);
        foreach (var id in images.Labelled)
        {
            Add(id, images.Images.Classes[id]);
            if (images.Images.Masks is { } masks) hash.AppendData(masks[id]);
        }
        foreach (var id in images.Unlabelled) Add(id);
        foreach (var row in images.Rows) Add(row.Id, row.Bytes, row.Modified, row.NearGroup ?? -1, waiting.Contains(row.Id) ? 1 : 0);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string? IdentityIn(string options) => (string?)JsonNode.Parse(options)?["identity"];

    private static string? HealthJson(RankingHealth? health, HealthVerdict? verdict)
    {
        if (health is null) return null;
        var json = JsonSerializer.SerializeToNode(health, Json.Options)!.AsObject();
        if (verdict is not null) (json["trust"], json["verdict"]) = (JsonSerializer.SerializeToNode(verdict.Trust, Json.Options), verdict.Words);
        return json.ToJsonString(Json.Options);
    }
}
