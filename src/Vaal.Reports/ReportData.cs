using Vaal.Data.Learning;
using Vaal.Records;

namespace Vaal.Reports;

/// <summary>Everything a report shows, as plain data. What is not there says why.</summary>
internal sealed record ReportData
{
    /// <summary>The pool's name, in the page's headline.</summary>
    public required string Title { get; init; }

    /// <summary>One line under it: how the shown round chose.</summary>
    public required string Subtitle { get; init; }

    /// <summary>Of the vaal that wrote the report.</summary>
    public required string Version { get; init; }

    public required DateTimeOffset Made { get; init; }
    public required IReadOnlyList<ReportCount> Counts { get; init; }
    public required Section<ReportHealth> Health { get; init; }
    public required Section<ReportPicks> Picks { get; init; }

    /// <summary>Images that look like nothing that has a label; null: nothing could be shown.</summary>
    public ReportUnlike? Unlike { get; init; }

    /// <summary>Null where the round was not one of masks.</summary>
    public Section<ReportMasks>? Masks { get; init; }

    /// <summary>Whether map, scores and training are shown, or why they are not there; false: the round chose without
    /// a network, so that there is nothing to say of them.</summary>
    public bool OfNetworks { get; init; } = true;

    public required Section<ReportMap> Map { get; init; }
    public required Section<ScoreHistogram> Scores { get; init; }
    public required Section<IReadOnlyList<TrainingPoint>> Training { get; init; }
    public required Section<IReadOnlyList<ReportCount>> Classes { get; init; }
    public required Section<ReportAccuracy> LearningCurve { get; init; }
    public required Section<ReportGroups> NearDuplicates { get; init; }

    /// <summary>Labels that may be wrong, the most suspected first; null: nobody looked.</summary>
    public Section<IReadOnlyList<SuspectLabel>>? Suspects { get; init; }

    public required IReadOnlyList<ReportRound> Rounds { get; init; }
}

/// <summary>A part of the report, or one line that says why it is not there.</summary>
internal sealed record Section<T>(T? Value, string? Missing) where T : class
{
    public static implicit operator Section<T>(T value) => new(value, null);
}

/// <summary>Says why a section is not there.</summary>
internal static class Section
{
    public static Section<T> Missing<T>(string why) where T : class => new(null, why);
}

/// <summary>A number with its name.</summary>
internal sealed record ReportCount(string Name, long Value);

/// <summary>How far a ranking can be trusted.</summary>
internal enum HealthLevel
{
    /// <summary>It found a difference between labelled and unlabelled images.</summary>
    Informative,

    /// <summary>Hardly any.</summary>
    Weak,

    /// <summary>It is no better than drawing at random.</summary>
    None,

    /// <summary>There are too few labels that no strategy chose to judge by.</summary>
    Unknown,
}

/// <summary>The verdict on the round's ranking, and the numbers behind it.</summary>
/// <param name="Verdict">one or two sentences</param>
internal sealed record ReportHealth(HealthLevel Level, string Verdict, IReadOnlyList<ReportNumber> Numbers);

/// <summary>A measured number as text, with what it means.</summary>
internal sealed record ReportNumber(string Name, string Value, string Meaning);

/// <summary>The contact sheet.</summary>
/// <param name="Tiles">thumbnails, one an item in <paramref name="Picks"/>'s order; null: there are none</param>
/// <param name="All">images chosen; more than shown, perhaps</param>
internal sealed record ReportPicks(IReadOnlyList<ReportPick> Picks, SpriteSheet? Tiles, int All);

/// <summary>One chosen image.</summary>
/// <param name="Rank">from 1, best first</param>
/// <param name="Score">higher is more worth labelling; null where the strategy gives none</param>
/// <param name="Label">its class, where it has got one since</param>
internal sealed record ReportPick(string Path, int Rank, double? Score, string? Reason, string? Label = null);

/// <summary>What an image was when the round had chosen.</summary>
internal enum PointKind
{
    Unlabelled,
    Labelled,
    Chosen,
}

/// <summary>One image on the map.</summary>
/// <param name="Score">null where it was not scored</param>
/// <param name="Rank">of a chosen image</param>
internal sealed record ReportPoint(float X, float Y, PointKind Kind, string Path, double? Score, int? Rank);

/// <summary>The latent space in two dimensions.</summary>
/// <param name="Tiles">thumbnails, one a point</param>
/// <param name="ExplainedX">share of the variance along x, 0..1</param>
/// <param name="Pool">images in all, of which the points are a sample if there are fewer</param>
internal sealed record ReportMap(
    IReadOnlyList<ReportPoint> Points, SpriteSheet? Tiles, double ExplainedX, double ExplainedY, int Pool);

/// <summary>Test accuracy of the task model, or its mean IoU, against the number of labels.</summary>
/// <param name="Accuracy">0..1, with its 95% interval where there is one</param>
internal sealed record ReportAccuracy(IReadOnlyList<int> Labels, IReadOnlyList<Interval> Accuracy, string Caption)
{
    /// <summary>What was measured, in words.</summary>
    public string Measure { get; init; } = "accuracy";

    /// <summary>Of masks every class's intersection over union, of several classes an image every class's average
    /// precision.</summary>
    public IReadOnlyList<ReportClassCurve> Classes { get; init; } = [];
}

/// <summary>Intersection over union or average precision of a class, 0..1, for each point of the learning curve; NaN
/// if it has none.</summary>
internal sealed record ReportClassCurve(string Class, IReadOnlyList<double> Values);

/// <summary>Chosen images with mask, prediction and uncertainty.</summary>
/// <param name="Classes">by number: the colours of masks and predictions</param>
/// <param name="Names">paths, best first</param>
/// <param name="Pictures">WebP, four panels each, in that order</param>
/// <param name="All">images chosen; more than shown, perhaps</param>
internal sealed record ReportMasks(
    IReadOnlyList<string> Classes, IReadOnlyList<string> Names, IReadOnlyList<byte[]> Pictures, int All)
{
    /// <summary>Parts of them were chosen, which are framed.</summary>
    public bool Regions { get; init; }
}

/// <summary>Images that look like nothing that has a label.</summary>
/// <param name="Words">how many they are, in a sentence</param>
/// <param name="Paths">of examples</param>
internal sealed record ReportUnlike(string Words, IReadOnlyList<string> Paths, SpriteSheet? Tiles);

/// <summary>Groups of images that look alike.</summary>
/// <param name="Groups">paths, group by group</param>
/// <param name="Tiles">thumbnails of all paths in that order</param>
/// <param name="All">groups in all; more than shown, perhaps</param>
/// <param name="Images">images in all groups</param>
internal sealed record ReportGroups(
    IReadOnlyList<IReadOnlyList<string>> Groups, SpriteSheet? Tiles, int All, int Images);

/// <summary>One round of the workspace.</summary>
/// <param name="Chosen">how much, in words</param>
/// <param name="Note">the verdict, or that it was taken back</param>
internal sealed record ReportRound(
    int Number, string Strategy, long Seed, string Chosen, int Labelled, DateTimeOffset Finished,
    TimeSpan Took, string? Note);
