using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>How many labelled images a class has.</summary>
internal sealed class ClassCount(string @class, int pool, int test)
{
    public string Class { get; } = @class;

    /// <summary>In the pool.</summary>
    public int Pool { get; } = pool;

    /// <summary>In the test set.</summary>
    public int Test { get; } = test;

    /// <summary>In both together.</summary>
    public int Images => Pool + Test;
}

/// <summary>Where a workspace stands. Its JSON also has the labels of each class, the rounds, what the last ranking
/// and the last labels were worth, and what the features say.</summary>
public sealed partial class WorkspaceStatus : Report
{
    internal WorkspaceStatus(
        string root, string folder, int images, int labelled, int unlabelled, int elsewhere, int test,
        int testLabelled, int broken, int duplicates, int nearDuplicates, int nearGroups, int removed,
        IReadOnlyList<ClassCount> classes, double? skew, IReadOnlyList<RoundRow> rounds, string? health, string next)
    {
        (Root, Folder, Images, Labelled, Unlabelled) = (root, folder, images, labelled, unlabelled);
        (Elsewhere, Test, TestLabelled, Broken, Duplicates) = (elsewhere, test, testLabelled, broken, duplicates);
        (NearDuplicates, NearGroups, Removed, Classes, Skew) = (nearDuplicates, nearGroups, removed, classes, skew);
        (Rounds, Health, Next) = (rounds, health, next);
    }

    [JsonInclude]
    internal string Root { get; init; }

    [JsonInclude]
    internal string Folder { get; init; }

    /// <summary>Files that are there and can be read, without duplicates: pool and test set.</summary>
    public int Images { get; internal init; }

    /// <summary>Of the pool, here or elsewhere.</summary>
    public int Labelled { get; internal init; }

    /// <summary>Of the pool, images without a label that nobody has marked as unsure or unusable.</summary>
    public int Unlabelled { get; internal init; }

    /// <summary>Of the labelled, those whose label is not known here.</summary>
    [JsonInclude]
    internal int Elsewhere { get; init; }

    /// <summary>Images of the test set, with a label or without.</summary>
    public int Test { get; internal init; }

    /// <summary>Images of the test set with a label.</summary>
    [JsonInclude]
    internal int TestLabelled { get; init; }

    [JsonInclude]
    internal int Broken { get; init; }

    [JsonInclude]
    internal int Duplicates { get; init; }

    [JsonInclude]
    internal int NearDuplicates { get; init; }

    [JsonInclude]
    internal int NearGroups { get; init; }

    [JsonInclude]
    internal int Removed { get; init; }

    /// <summary>Declared classes and those of labels, rarest in the pool first; a class counts once per
    /// image.</summary>
    [JsonInclude]
    internal IReadOnlyList<ClassCount> Classes { get; init; }

    /// <summary>Pool images of the most frequent class for each one of the rarest; null with fewer than two
    /// classes.</summary>
    [JsonInclude]
    internal double? Skew { get; init; }

    [JsonInclude]
    internal IReadOnlyList<RoundRow> Rounds { get; init; }

    /// <summary>Of the last ranking, as JSON; null: none was trained.</summary>
    [JsonConverter(typeof(RawJson))]
    [JsonInclude]
    internal string? Health { get; init; }

    /// <summary>What to do now, in a line.</summary>
    public string Next { get; internal init; }

    /// <summary>Of the labelled, images of which rounds chose parts: the rest of such an image may have no class
    /// yet.</summary>
    [JsonInclude]
    internal int ChosenInParts { get; init; }

    /// <summary>Of the pool, images that somebody was unsure about and left without a label.</summary>
    [JsonInclude]
    internal int Unsure { get; init; }

    /// <summary>Of the pool, images that somebody marked as unusable.</summary>
    [JsonInclude]
    internal int Unusable { get; init; }

    /// <summary>The test set needs labels and has none: what to do; null: it has some, or there is no test
    /// set.</summary>
    [JsonInclude]
    internal string? Reminder { get; init; }

    [JsonInclude]
    internal LabelsWorth Worth { get; init; } = null!;

    [JsonInclude]
    internal FeatureLook? Features { get; init; }

    /// <summary>How much of the pool looked like nothing that had a label at the last choice, with examples; null:
    /// nothing could be shown.</summary>
    [JsonInclude]
    internal string? Unlike { get; init; }

    /// <summary>Share of the unlabelled images that have a labelled one among the hundredth of the pool that is most
    /// like them, 0..1; null: nobody asked, nothing is labelled, or fewer than a hundred images have
    /// features.</summary>
    [JsonInclude]
    internal double? Coverage { get; init; }

    /// <summary>How far above chance the labelled image of the pool that is most like a labelled one has the same
    /// class, by their features, with a 95% interval: 0 is chance, 1 is always. Null: nobody asked, fewer than 20
    /// images have features and one class, or all have the same.</summary>
    [JsonInclude]
    internal Interval? Agreement { get; init; }

    /// <summary>Those that labels are held to; empty: any class is accepted.</summary>
    internal IReadOnlyList<string> Declared { get; init; } = [];
}

public sealed partial class Workspace
{
    /// <summary>Counts, labels a class, rounds, the last ranking's health, and what to do next.</summary>
    /// <param name="coverage">also how much of the pool the labels cover, and whether images that are alike have one
    /// class, for which features are read</param>
    public WorkspaceStatus Status(bool coverage = false) => _db.Snapshot(() => Now(coverage));

    private WorkspaceStatus Now(bool coverage)
    {
        var images = CountImages();
        var (declared, classes) = (DeclaredClasses, CountClasses());
        int[] seen = [.. classes.Select(c => c.Pool).Where(n => n > 0)];
        var rounds = Rounds();
        var standing = rounds.Where(r => r.Undone is null).ToList();
        var (health, look) = (standing.LastOrDefault(r => r.Health is not null)?.Health, FeatureLook);
        var (covered, agreement) = coverage ? Likeness(look) : default;
        return new(Root, Folder, images.Usable, images.Labelled, images.Unlabelled, images.Elsewhere,
            images.Test, images.TestLabelled, images.Broken, images.Duplicates, images.Near, images.NearGroups,
            images.Removed, classes, seen.Length > 1 ? (double)seen[^1] / seen[0] : null, rounds, health,
            NextStep(standing.LastOrDefault(), images))
        {
            Declared = declared,
            Worth = Worth(),
            Features = look,
            Coverage = covered,
            Agreement = agreement,
            Reminder = TestReminder(images),
            Unlike = UnlikeWords(health),
            Unsure = images.Unsure,
            Unusable = images.Unusable,
            ChosenInParts = images.ChosenInParts,
        };
    }

    // as WorkspaceStatus.Classes has them
    private List<ClassCount> CountClasses()
    {
        var classes = _db.Query(
            """
            select class, sum(test = 0), sum(test = 1) from (
                select image, class from labels where class is not null
                union select image, each.value from labels, json_each(classes) each
                union select image, shape.value ->> 'class' from labels, json_each(shapes) shape
                where shape.value ->> 'class' is not null)
            join images on images.id = image where images.state = 'ok'
            group by class
            """, r => new ClassCount(r.GetString(0), r.GetInt32(1), r.GetInt32(2)));
        classes.AddRange(DeclaredClasses.Except(classes.Select(c => c.Class))
            .Select(name => new ClassCount(name, 0, 0)));
        return [.. classes.OrderBy(c => c.Pool).ThenBy(c => c.Class, StringComparer.Ordinal)];
    }

    /// <summary>What to do now, as <see cref="WorkspaceStatus.Steps()"/> says it.</summary>
    private TextBlock[] NextSteps()
    {
        var images = CountImages();
        return [.. WorkspaceStatus.Steps(
            TestReminder(images), NextStep(Rounds().LastOrDefault(r => r.Undone is null), images))];
    }

    private string NextStep(RoundRow? last, ImageCounts images)
    {
        if (!Directory.Exists(Root)) return Moved().Message;
        if (last is not null && !IsOfThePage(last) && Waiting(last.Id) is > 0 and var waiting)
            return $"label the {Counted.Of(waiting, "image")} of round {last.Id} that "
                + $"{(waiting == 1 ? "waits" : "wait")}: 'vaal serve' opens a page; or {Table(last)}use Label Studio, "
                + $"then 'vaal import FILE'{Instead(last)}";
        if (images.Usable == images.Test)
            return "no image can be used; add JPEG, PNG, WebP, BMP or GIF files and run 'vaal init' again";
        if (images.Unlabelled == 0) return ChosenInParts().Count > 0
            ? "every image of the pool has a label; 'vaal next --regions' offers the unmarked parts of images "
                + "that were chosen in parts"
            : "every image of the pool has a label"
                + (IsToTrain(images) ? "; 'vaal train' trains a model on the new labels" : "");
        return (IsToTrain(images) ? "'vaal train' trains a model on the new labels; " : "")
            + "'vaal serve' opens a page to label the images, and chooses which come first; or "
            + $"'vaal next -n {SuggestedBudget(last, images.Unlabelled)}' chooses "
            + $"{(last is null ? "a first" : "another")} batch for another tool";
    }

    // a cell of the table is the class of a whole image
    private string? Table(RoundRow round) =>
        round.Parts > 0 || JsonNode.Parse(round.Options)?["classes"] is not null || OfShapes ? null
        : "fill in the column 'label' of "
            + $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder))}/exports/picks-{round.Id}.csv, or ";

    // 'vaal undo' takes the last action back, which is that round only until something else was done
    private string? Instead(RoundRow round)
    {
        if (round.Health is not { } health || Last() is not { What: "round" } action || action.Round != round.Id)
            return null;
        var strategy = Encoder == ImageSources.NoEncoder ? "random" : "coverage";
        return RankingHealth.Parse(health).Trust switch
        {
            Trust.Weak => "; or run 'vaal undo' and 'vaal next --strategy random': this ranking may be no better",
            Trust.NoBetterThanRandom => $"; or rather run 'vaal undo' and 'vaal next --strategy {strategy}': "
                + "this ranking is no better than random",
            _ => null,
        };
    }

    // the page always chooses ahead, so that some of its picks have no label, and it exports none of them
    private static bool IsOfThePage(RoundRow round) => JsonNode.Parse(round.Options)?["serve"] is not null;

    // the test set has labels, and the last training had others
    private bool IsToTrain(ImageCounts images) => images.TestLabelled > 0 && LabelledHere(images) > 1
        && (Trainings().LastOrDefault() is not { } last || LabelledAt(last) != LabelledHere(images));

    private static int LabelledHere(ImageCounts images) => images.Labelled - images.Elsewhere;

    // with those that it could not learn from; of a training by an older vaal these are not known
    private int LabelledAt(TrainingRow training) => _db.Query(
        "select change ->> 'labelled' from ledger where what = 'train' and change ->> 'training' = $1",
        r => r.Whole(0), training.Id).FirstOrDefault() ?? training.Labels;

    /// <summary>
    /// How many images to choose unless somebody says otherwise: as many as the last round, else a twentieth of the
    /// unlabelled ones, between 10 and 200.
    /// </summary>
    internal int SuggestedBudget() =>
        SuggestedBudget(Rounds().LastOrDefault(r => r.Undone is null), CountImages().Unlabelled);

    private static int SuggestedBudget(RoundRow? last, int unlabelled) =>
        Math.Max(1, Math.Min(last?.Budget ?? Math.Clamp(unlabelled / 20, 10, 200), unlabelled));

    private static string? TestReminder(ImageCounts images) => images.Test == 0 || images.TestLabelled > 0 ? null
        : $"{(images.Test == 1 ? "the only image" : $"none of the {images.Test:N0} images")} of the test set has "
            + $"{(images.Test == 1 ? "no" : "a")} label, and 'vaal train' needs them: label "
            + "'Test images' in 'vaal serve'; or 'vaal export --what test', label, then 'vaal import FILE'";
}
