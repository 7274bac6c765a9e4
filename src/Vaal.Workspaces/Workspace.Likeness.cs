using Vaal.Data;
using Vaal.Data.Features;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private const string UsablePool = "state = 'ok' and test = 0";

    /// <summary>What the features say of the labels: how much of the pool they cover, and whether images that are alike
    /// have one class. Null: nothing is labelled, or there are no features.</summary>
    private (double? Covered, Interval? Agreement) Likeness(FeatureLook? look)
    {
        if (look?.Digest is not { } digest) return default;
        int[] labelled = Pool("id in (select image from labels)");
        if (labelled.Length == 0) return default;
        // drawn before anything is read of them: a million images take as long as some thousand
        var sample = LabelCover.Draw(labelled, Pool("id not in (select image from labels)"));
        using var rows = FeatureFile.Read(Path.Combine(Folder, "features"), digest, [.. sample.Images.Select(File)]);
        if (rows is null) return default;
        var (places, classes) = (sample.ByPlace(), DifferentImages(look));
        var known = sample.Images.Index().Where(i => classes.ContainsKey(i.Item))
            .Select(i => (i.Index, classes[i.Item]));
        return (LabelCover.Share(rows, places), LabelAgreement.Of(rows, places.Pool, [.. known]));

        int[] Pool(string where) =>
            [.. _db.Query($"select id from images where {UsablePool} and {where}", r => r.GetInt32(0))];

        SourceFile File(int id) => _db.Query("select path, bytes, modified from images where id = $1",
            r => new SourceFile(r.GetString(0), r.GetInt64(1), r.GetInt64(2)), id)[0];
    }

    // images of the pool and their classes, where an image has one; of those that are nearly the same, the first
    private Dictionary<int, string> DifferentImages(FeatureLook look)
    {
        var near = look.Near.Index().SelectMany(g => g.Item.Select(path => (path, g.Index)))
            .ToDictionary(p => p.path, p => p.Index, StringComparer.Ordinal);
        return _db.Query(
            $"""
            select id, path, near_group, class from images join labels on image = id
            where {UsablePool} and class is not null order by id
            """, r => (Id: r.GetInt32(0), Class: r.GetString(3),
                Group: near.TryGetValue(r.GetString(1), out var byFeatures) ? $"features {byFeatures}"
                    : r.IsDBNull(2) ? $"image {r.GetInt32(0)}" : $"pixels {r.GetInt32(2)}"))
            .DistinctBy(i => i.Group).ToDictionary(i => i.Id, i => i.Class);
    }
}
