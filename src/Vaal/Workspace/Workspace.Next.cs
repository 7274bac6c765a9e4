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
        var masks = TaskModels.Segments(options.Task.Model);
        using var images = masks ? LoadMasks(report, cancel) : LoadImages(report: report, cancel: cancel);
        var waiting = WaitingPicks();
        var last = Rounds().LastOrDefault(r => r.Undone is null);
        if (last is not null && IdentityIn(last.Options) == Identity(options, images, waiting.Where(w => w.Round != last.Id).Select(w => w.Image).ToHashSet()))
        {
            if (!Directory.Exists(ModelsOf(last.Id)) && Directory.Exists(UnderWay)) KeepModels(last.Id);   // it was ended right after recording
            return new(last, Picks(last.Id), Again: true);
        }

        var started = _clock.GetUtcNow();
        using var regions = options.Regions is { } grid ? new RegionPool(images, grid, Loading(null, null, cancel) with { Rectangle = (images.Images.Width, images.Images.Height) }, ChosenInParts()) : null;
        var pool = regions?.Pool ?? Whole(images);
        var wait = waiting.Select(w => w.Image).ToHashSet();
        var identity = Identity(options, images, wait);
        Directory.CreateDirectory(UnderWay);
        var used = masks ? options with { Vaal = options.Vaal with { Size = options.Vaal.Size ?? Loading(null, null, cancel).Size } } : options;   // the VAE sees squares as ever
        if (options.Minutes is not null) used = used with { Vaal = used.Vaal with { Iterations = Length(used, pool, identity, device ?? CPU, cancel) } };
        var training = new TrainingRecord();
        void Listen(TrainEvent e)
        {
            training.Add(e);
            report?.Invoke(e);
        }
        int RowOf(int id) => regions?.ImageOf(id) ?? id;
        var choice = new Choice(pool, id => regions is null ? images.Rows[id].NearGroup : regions.GroupOf(id), pool.Unlabelled.Where(id => wait.Contains(images.Rows[RowOf(id)].Id)).ToHashSet(),
            used, device ?? CPU, UnderWay, identity, Listen, cancel)
        { Classes = masks ? images.ClassNames.Count : null };
        var made = choice.Make((networks, selection) =>
        {
            var folder = Fresh(Path.Combine(UnderWay, "models"));
            networks.Save(folder);
            RoundArtifacts.Measure(networks.TrainedPair, pool.Images, pool.Labelled, pool.Unlabelled, selection.Ids, i => images.Rows[RowOf(i)].Id, training, options.Seed, cancel).Save(folder);
        });

        var json = JsonSerializer.SerializeToNode(used, Json.Options)!.AsObject();
        (json["identity"], json["labelled"], json["unlabelled"]) = (identity, images.Labelled.Length, images.Unlabelled.Length);
        if (masks) json["classes"] = JsonSerializer.SerializeToNode(images.ClassNames, Json.Options);
        var round = RecordRound(new Round
        {
            Strategy = made.ColdStart ? NextReport.ColdStart : options.Strategy,
            Options = json.ToJsonString(Json.Options),
            Seed = options.Seed,
            Budget = options.Budget,
            Health = HealthJson(made.Health, made.Verdict),
            Started = started,
            Finished = _clock.GetUtcNow(),
        }, [.. made.Selection.Ids.Index().GroupBy(p => RowOf(p.Item)).Select((parts, i) => new PickRow(images.Rows[parts.Key].Id, i + 1, Score(parts.First().Index), made.Reasons[parts.First().Index])
        {
            Regions = regions is null ? [] : [.. parts.Select(p => regions.PlaceOf(p.Item) with { Rank = p.Index + 1, Score = Score(p.Index), Reason = made.Reasons[p.Index] })],
        })]);
        KeepModels(round);
        return new(Rounds().Single(r => r.Id == round), Picks(round), Again: false);

        double? Score(int i) => i < made.Selection.Scores.Count && float.IsFinite(made.Selection.Scores[i]) ? made.Selection.Scores[i] : null;
    }

    private static Pool Whole(WorkspaceImages images)
    {
        var pool = new Pool(images.Images, [.. images.Labelled, .. images.Unlabelled]);
        foreach (var id in images.Labelled) pool.Label(id, images.Images.Classes[id]);
        return pool;
    }

    /// <summary>The networks that a round was chosen with: <c>vaal.safetensors</c>, <c>task.safetensors</c>, those that were trained.</summary>
    public string ModelsOf(int round) => Path.Combine(Folder, "models", $"round-{round}");

    // The checkpoints have served; the networks stay.
    private void KeepModels(int round)
    {
        Keep(Path.Combine(UnderWay, "models"), ModelsOf(round));
        Directory.Delete(UnderWay, recursive: true);
    }

    // nothing of another choice that was stopped after it had put its networks there
    private static string Fresh(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static void Keep(string made, string kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.Exists(kept)) Directory.Delete(kept, recursive: true);
        if (Directory.Exists(made)) Directory.Move(made, kept);
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

    /// <summary>Images of the pool that a standing round chose and that have no label yet, or none since it chose parts of them.</summary>
    private List<(int Image, int Round)> WaitingPicks() => _db.Query(
        $"select picks.image, picks.round from picks join rounds on rounds.id = picks.round where rounds.undone is null and not {Answered}",
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
