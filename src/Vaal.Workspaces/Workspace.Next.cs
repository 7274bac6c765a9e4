using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Where trainings under way keep their state.</summary>
    private string UnderWay => Path.Combine(Folder, "next");

    /// <summary>
    /// Chooses which images to label next and records the round. Stopped or killed, the same call goes on where it was
    /// and chooses the same images; called again before anything was labelled, it gives the round that it made.
    /// </summary>
    /// <param name="exports">formats that the picks are written in at once, as <see cref="Export"/> writes them</param>
    /// <param name="tell">hears notes on the features that <paramref name="maker"/> made. It also hears that the file
    /// of a round that is given again stays as it is, because somebody changed it.</param>
    /// <param name="maker">makes the features that are missing, as <see cref="MakeFeatures"/> does; null: the chooser
    /// makes them where it needs them</param>
    /// <exception cref="InputException">an option is out of range, no image is left, another process works on the
    /// workspace</exception>
    public NextReport Next(IChooser chooser, IReadOnlyList<string>? exports = null, Action<string>? tell = null,
        IFeatureMaker? maker = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(chooser);
        InputException.ThrowIfAny(chooser.Problems(Encoder));
        if (maker is not null)
            foreach (var note in MakeFeatures(maker, report, cancel).Notes) tell?.Invoke(note);
        var chosen = Choose(chooser, report, cancel);
        chosen.Files = [.. (exports ?? []).Select(format => FileOf(chosen, format, tell)).OfType<string>()];
        return chosen;
    }

    // a round that is given again may have been labelled in the file by now
    private string? FileOf(NextReport chosen, string format, Action<string>? tell)
    {
        try
        {
            return Export(ExportWhat.Picks, format, round: chosen.Round).Path;
        }
        catch (InputException e) when (chosen.Again)
        {
            tell?.Invoke(e.Message);
            return null;
        }
    }

    private NextReport Choose(IChooser chooser, Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (!Directory.Exists(Root)) throw Moved();
        using var held = Lock("next", cancel: cancel);
        if (chooser.Budget is null) chooser = chooser.Of(SuggestedBudget());
        using var images = Load(chooser.Labels, report, cancel);
        var waiting = WaitingPicks();
        var standing = Rounds().Where(r => r.Undone is null).ToList();
        var last = standing.LastOrDefault();
        if (last is not null
            && IdentityIn(last.Options) == Identity(
                $"{Encoder} {chooser.Options}", images, waiting.Where(w => w.Round != last.Id)
                .Select(w => w.Image).ToHashSet()))
        {
            // it was ended right after recording
            if (!Directory.Exists(ModelsOf(last.Id)) && Directory.Exists(UnderWay)) KeepModels(last.Id);
            return Told(last, again: true, images.Note);
        }

        var newest = NewestRound;
        var started = _clock.GetUtcNow();
        var loading = Loading(null, null, cancel);
        using var regions = chooser.Regions is { } grid
            ? new RegionPool(
                images, grid, new(loading) { Rectangle = (images.Images.Width, images.Images.Height) }, ChosenInParts())
            : null;
        var pool = regions?.Pool ?? images.Pool;
        var wait = waiting.Select(w => w.Image).ToHashSet();
        var identity = Identity($"{Encoder} {chooser.Options}", images, wait);
        var of = regions?.Images() ?? [.. images.Rows.Select(r => new PoolImage((ImageNumber)r.Id, r.NearGroup))];
        var made = chooser.Choose(new ChoiceRequest
        {
            Pool = pool,
            Images = of,
            Waiting = pool.Unlabelled.Where(id => wait.Contains(of[id].Number)).ToHashSet(),
            Unchosen = Unchosen(pool, of),
            Round = standing.Count,
            Classes = chooser.Labels.ByPixel ? images.ClassNames.Count : null,
            Side = chooser.Labels.ByPixel ? loading.Size : null,                     // the VAE sees squares as ever
            Sources = regions is null ? Sources(images.Rows) : null,
            Folder = UnderWay,
            Key = identity,
            Report = report,
            Cancel = cancel,
        });

        var json = JsonNode.Parse(made.Options)!.AsObject();
        (json["identity"], json["labelled"], json["unlabelled"]) =
            (identity, images.Labelled.Length, images.Unlabelled.Length);
        if (chooser.Labels.ByPixel) json["classes"] = JsonSerializer.SerializeToNode(images.ClassNames, Json.Options);
        var round = RecordRound(new Round
        {
            Strategy = made.ColdStart ? NextReport.ColdStart : made.Strategy,
            Options = json.ToJsonString(Json.Options),
            Seed = chooser.Seed,
            Budget = chooser.Budget!.Value,
            Health = made.Health,
            Started = started,
            Finished = _clock.GetUtcNow(),
        }, [.. made.Selection.Ids.Index().GroupBy(p => of[p.Item].Number)
            .Select((parts, i) =>
                new PickRow(
                    (int)parts.Key, i + 1, Score(parts.First().Index), made.Reasons[parts.First().Index])
        {
            Regions = regions is null
                ? []
                : [.. parts.Select(
                    p => regions.PlaceOf(
                        p.Item) with { Rank = p.Index + 1, Score = Score(p.Index), Reason = made.Reasons[p.Index] })],
        })], newest);
        KeepModels(round);
        return Told(Rounds().Single(r => r.Id == round), again: false, images.Note);

        double? Score(int i) => i < made.Selection.Scores.Count && float.IsFinite(made.Selection.Scores[i])
            ? made.Selection.Scores[i]
            : null;
    }

    private NextReport Told(RoundRow round, bool again, string? ofLabels) => new(round, Picks(round.Id), again)
    {
        Picks = Chosen(round.Id),
        OfLabels = ofLabels,
        Status = Status(),
    };

    /// <summary>The networks that a round was chosen with: <c>vaal.safetensors</c>, <c>task.safetensors</c>, those that
    /// were trained.</summary>
    internal string ModelsOf(int round) => Path.Combine(Folder, "models", $"round-{round}");

    // The checkpoints have served; the networks stay.
    private void KeepModels(int round)
    {
        Keep(Path.Combine(UnderWay, "models"), ModelsOf(round));
        Directory.Delete(UnderWay, recursive: true);
    }

    private static void Keep(string made, string kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.Exists(kept)) Directory.Delete(kept, recursive: true);
        if (Directory.Exists(made)) Directory.Move(made, kept);
    }

    /// <summary>Images of the pool that a standing round chose and that have no label yet, or none since it chose parts
    /// of them.</summary>
    internal List<(ImageNumber Image, int Round)> WaitingPicks() => _db.Query(
        $"select picks.image, picks.round from picks join rounds on rounds.id = picks.round where rounds.undone is " +
            $"null and not {Answered} and {Unmarked} and {NotOvertaken}",
        r => ((ImageNumber)r.GetInt32(0), r.GetInt32(1)));

    // by their ids in the pool; random sampling is no strategy's choice, and neither is a round that was taken back, or
    // after which a random one chose the same image, before the label came
    private HashSet<int> Unchosen(Pool pool, PoolImage[] of)
    {
        var chosen = _db.Query(
            "select labels.image from labels join rounds on rounds.id = labels.round where rounds.strategy <> 'random'",
            r => (ImageNumber)r.GetInt32(0)).ToHashSet();
        return [.. pool.Labelled.Where(id => !chosen.Contains(of[id].Number))];
    }

    /// <summary>Changes with whatever decides which images are chosen: options, files, labels, what waits.</summary>
    private static string Identity(string options, WorkspaceImages images, IReadOnlySet<ImageNumber> waiting)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(options));
        void Add(params ReadOnlySpan<long> numbers) => hash.AppendData(MemoryMarshal.AsBytes(numbers));
        Add(images.Images.Height, images.Images.Width, images.Images.Channels);
        foreach (var id in images.Labelled)
        {
            Add(id, images.Images.Classes[id]);
            if (images.Images.ClassSets?[id] is { } set) Add([set.Length, .. set]);
            if (images.Images.Masks is { } masks) hash.AppendData(masks[id]);
        }
        foreach (var id in images.Unlabelled) Add(id);
        foreach (var row in images.Rows)
            Add(row.Id, row.Bytes, row.Modified, row.NearGroup ?? -1, waiting.Contains((ImageNumber)row.Id) ? 1 : 0);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string? IdentityIn(string options) => (string?)JsonNode.Parse(options)?["identity"];
}
