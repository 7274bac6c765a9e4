using Microsoft.Data.Sqlite;

namespace Vaal.Workspaces;

// How many images there are of each kind. One pass over the images, which may be a million; the others go over the
// labels, the marks and the picks only.
public sealed partial class Workspace
{
    /// <summary>Some labels are shapes alone: the class of a whole image says too little there.</summary>
    private bool OfShapes => _db.Number(
        "select exists (select 1 from labels where shapes is not null and class is null and classes is null)") > 0;

    /// <summary>Somebody has said of an image that nothing is in it.</summary>
    private bool HasEmptyLabels => _db.Number(
        "select exists (select 1 from labels where shapes is null and class is null and classes is null "
            + "and elsewhere = 0)") > 0;

    /// <summary>The class of pixels that no shape covers; null: they have none.</summary>
    private string? Background => Setting("background") is { Length: > 0 } name ? name : null;

    private ImageCounts CountImages()
    {
        var of = _db.Query(
            """
            select count(*) filter (where state = 'ok'), count(*) filter (where state = 'ok' and test = 1),
                count(*) filter (where state = 'broken'), count(*) filter (where state = 'duplicate'),
                count(*) filter (where state = 'removed'),
                count(near_group) filter (where state = 'ok'), count(distinct near_group) filter (where state = 'ok')
            from images
            """, Numbers)[0];
        // the cross joins keep to this order: from the small table to the large one
        var labels = _db.Query(
            """
            select count(*) filter (where test = 0), count(*) filter (where test = 0 and elsewhere = 1),
                count(*) filter (where test = 1)
            from labels cross join images on images.id = labels.image where state = 'ok'
            """, Numbers)[0];
        var marks = _db.Query(
            """
            select count(*), count(*) filter (where mark = 'unsure'), count(*) filter (where mark = 'unusable')
            from marks cross join images on images.id = marks.image where state = 'ok' and test = 0
                and not exists (select 1 from labels where labels.image = marks.image)
            """, Numbers)[0];
        return new()
        {
            Usable = of[0],
            Test = of[1],
            Broken = of[2],
            Duplicates = of[3],
            Removed = of[4],
            Near = of[5],
            NearGroups = of[6],
            Labelled = labels[0],
            Elsewhere = labels[1],
            TestLabelled = labels[2],
            Unlabelled = of[0] - of[1] - labels[0] - marks[0],
            Unsure = marks[1],
            Unusable = marks[2],
            ChosenInParts = (int)_db.Number(
                """
                select count(distinct picks.image) from picks join rounds on rounds.id = picks.round
                    join labels on labels.image = picks.image join images on images.id = picks.image
                where regions is not null and undone is null and state = 'ok' and test = 0
                """),
        };
    }

    private static int[] Numbers(SqliteDataReader row) =>
        [.. Enumerable.Range(0, row.FieldCount).Select(row.GetInt32)];

    /// <summary>As <see cref="WorkspaceStatus"/> has them.</summary>
    private readonly record struct ImageCounts
    {
        public required int Usable { get; init; }
        public required int Test { get; init; }
        public required int Broken { get; init; }
        public required int Duplicates { get; init; }
        public required int Removed { get; init; }
        public required int Near { get; init; }
        public required int NearGroups { get; init; }
        public required int Labelled { get; init; }
        public required int Elsewhere { get; init; }
        public required int TestLabelled { get; init; }
        public required int Unlabelled { get; init; }
        public required int Unsure { get; init; }
        public required int Unusable { get; init; }
        public required int ChosenInParts { get; init; }
    }
}
