using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>How many images a class has among the labels.</summary>
public sealed record ClassCount(string Class, int Images);

/// <summary>Where a workspace stands.</summary>
/// <param name="Images">files that are there and can be read, without duplicates: pool and test set</param>
/// <param name="Labelled">of the pool, here or elsewhere</param>
/// <param name="Elsewhere">of these, those whose label is not known here</param>
/// <param name="Test">images of the test set, <paramref name="TestLabelled"/> of them with a label</param>
/// <param name="Classes">of all labels of images that are there, most frequent first; a class counts once an image</param>
/// <param name="Skew">images of the most frequent class for each of the rarest; null with fewer than two classes</param>
/// <param name="Health">of the last ranking, as JSON; null: none was trained</param>
/// <param name="Next">what to do now, in a line</param>
public sealed record WorkspaceStatus(
    string Root, string Folder, int Images, int Labelled, int Unlabelled, int Elsewhere, int Test, int TestLabelled,
    int Broken, int Duplicates, int NearDuplicates, int NearGroups, int Removed,
    IReadOnlyList<ClassCount> Classes, double? Skew, IReadOnlyList<RoundRow> Rounds,
    [property: JsonConverter(typeof(RawJson))] string? Health, string Next)
{
    /// <summary>Of the labelled, images of which rounds chose parts: the rest of such an image may have no class yet.</summary>
    public int ChosenInParts { get; init; }

    /// <summary>What further labels were worth lately, by the accuracy, or the mean IoU, of task models on the test set.</summary>
    public required LabelsWorth Worth { get; init; }

    /// <summary>The verdict on the last ranking, where it has one.</summary>
    [JsonIgnore]
    public string? Verdict
    {
        get
        {
            if (Health is null) return null;
            using var health = JsonDocument.Parse(Health);
            return health.RootElement.ValueKind == JsonValueKind.Object && health.RootElement.TryGetProperty("verdict", out var verdict) && verdict.ValueKind == JsonValueKind.String ? verdict.GetString() : null;
        }
    }
}

public sealed partial class Workspace
{
    /// <summary>Counts, labels a class, rounds, the last ranking's health, and what to do next.</summary>
    public WorkspaceStatus Status()
    {
        int Count(string where) => (int)_db.Number($"select count(*) from images i left join labels l on l.image = i.id where {where}");
        var (labelled, unlabelled) = (Count("state = 'ok' and test = 0 and l.image is not null"), Count("state = 'ok' and test = 0 and l.image is null"));
        var classes = _db.Query(
            """
            select class, count(*) from (
                select image, class from labels where class is not null
                union select image, shape.value ->> 'class' from labels, json_each(shapes) shape where shape.value ->> 'class' is not null)
            join images on images.id = image where images.state = 'ok'
            group by class order by 2 desc, 1
            """, r => new ClassCount(r.GetString(0), r.GetInt32(1)));
        var rounds = Rounds();
        var standing = rounds.Where(r => r.Undone is null).ToList();
        return new(Root, Folder, Count("state = 'ok'"), labelled, unlabelled, Count("state = 'ok' and test = 0 and elsewhere = 1"),
            Count("state = 'ok' and test = 1"), Count("state = 'ok' and test = 1 and l.image is not null"),
            Count("state = 'broken'"), Count("state = 'duplicate'"), Count("state = 'ok' and near_group is not null"),
            (int)_db.Number("select count(distinct near_group) from images where state = 'ok'"), Count("state = 'removed'"),
            classes, classes.Count > 1 ? (double)classes[0].Images / classes[^1].Images : null, rounds,
            standing.LastOrDefault(r => r.Health is not null)?.Health, NextStep(standing.LastOrDefault(), unlabelled))
        {
            Worth = Worth(),
            ChosenInParts = Count("state = 'ok' and test = 0 and l.image is not null and exists (select 1 from picks join rounds on rounds.id = picks.round where picks.image = i.id and undone is null and regions is not null)"),
        };
    }

    private string NextStep(RoundRow? last, int unlabelled)
    {
        if (last is not null && Waiting(last.Id) is > 0 and var waiting)
            return $"label the {waiting} images of round {last.Id} that wait for it: 'vaal export --what picks --format label-studio', then 'vaal import FILE'";
        if (unlabelled == 0) return ChosenInParts().Count > 0
            ? "every image of the pool has a label; of those that were chosen in parts, 'vaal next --regions' offers what is not marked yet"
            : "every image of the pool has a label";
        return $"'vaal next -n {Math.Min(last?.Budget ?? 200, unlabelled)}' chooses which images to label {(last is null ? "first" : "next")}";
    }
}
