using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Where files differ but their small pictures do not, all of their pixels are compared: the small ones
    /// only nominate.</summary>
    private void Confirm(List<IndexedImage> images, LoadOptions loading)
    {
        var unsure = images.Index().Where(i => i.Item.Row.State == ImageState.Ok).GroupBy(i => i.Item.Hashes!.Small)
            .Where(g => g.Select(i => i.Item.Hashes!.Content).Distinct().Skip(1).Any()).SelectMany(g => g)
                .Where(i => i.Item.Hashes!.Pixels is null).ToList();
        foreach (var (done, (at, image)) in unsure.Index())
        {
            loading.Cancel.ThrowIfCancellationRequested();
            loading.Report?.Invoke(new("comparing likely duplicates", done, unsure.Count));
            // a file that has gone meanwhile is like no other
            images[at] =
                image with
                {
                    Hashes =
                    image.Hashes! with
                    {
                        Pixels = (ImageFiles.FileOf(image.Row.Path, out _) is { } file
                            ? ImageHashes.OfPixels(file) : null) ?? image.Hashes.Content
                    }
                };
        }
    }

    /// <summary>
    /// Of images with the same pixels one stands for all: one of the test set first, then that of the newest label,
    /// then the first. Returns by its id the others, removed ones among them.
    /// </summary>
    /// <param name="labelled">when each image with a label got it, as the database writes times</param>
    private static Dictionary<int, List<int>> FindDuplicates(
        List<IndexedImage> images, Dictionary<int, string> labelled)
    {
        var groups = new Dictionary<int, List<int>>();
        var candidates = images.Index()
            .Where(i => i.Item.Hashes is not null && i.Item.Row.State is ImageState.Ok or ImageState.Removed)
            .GroupBy(i => i.Item.Hashes!.Small).Where(g => g.Skip(1).Any());
        foreach (var small in candidates)
        {
            // equal files have equal pixels, whether or not these were needed
            var pixels = small.Where(i => i.Item.Hashes!.Pixels is not null).GroupBy(i => i.Item.Hashes!.Content)
                .ToDictionary(g => g.Key, g => g.First().Item.Hashes!.Pixels!.Value);
            var byPixels = small.GroupBy(
                i => pixels.GetValueOrDefault(i.Item.Hashes!.Content, i.Item.Hashes!.Content));
            foreach (var same in byPixels)
            {
                var present = same.Where(i => i.Item.Present).OrderByDescending(i => i.Item.Row.Test)
                    .ThenByDescending(i => labelled.GetValueOrDefault(i.Item.Row.Id, ""), StringComparer.Ordinal)
                    .ThenBy(i => i.Item.Row.Id).ToList();
                if (present.Count == 0) continue;
                var (first, image) = present[0];
                if (same.Any(i => i.Item.Row.Test)) images[first] = image with { Row = image.Row with { Test = true } };
                foreach (var (at, other) in present.Skip(1))
                {
                    var row = other.Row with { State = ImageState.Duplicate, DuplicateOf = image.Row.Id };
                    images[at] = other with { Row = row };
                }
                groups[image.Row.Id] = [.. same.Select(i => i.Item.Row.Id).Where(id => id != image.Row.Id)];
            }
        }
        return groups;
    }

    /// <summary>What to say of files with the same pixels that were labelled otherwise.</summary>
    private IEnumerable<string> Contradictions(Dictionary<int, List<int>> groups, HashSet<int> present)
    {
        foreach (var (first, others) in groups)
        {
            if (LabelOf(first) is not { } label) continue;
            foreach (var other in others.Where(present.Contains))
            {
                if (LabelOf(other) is not { } old || (old.Class, old.SetJson, old.ShapesJson, old.Elsewhere)
                    == (label.Class, label.SetJson, label.ShapesJson, label.Elsewhere)) continue;
                yield return $"{Text.Quote(PathOf(other))} is {old.Describe()} and has the same pixels as "
                    + $"{Text.Quote(PathOf(first))}, which is {label.Describe()}; the label of "
                    + $"{Text.Quote(PathOf(first))} counts";
            }
        }
    }

    /// <summary>Groups of images that look alike, each by its first image.</summary>
    private static void Group(List<IndexedImage> images, int bits)
    {
        if (bits == 0) return;
        var hashed = images.Index()
            .Where(i => i.Item.Row.State == ImageState.Ok && i.Item.Hashes!.Perceptual is not null)
            .OrderBy(i => i.Item.Row.Id).ToList();
        var groups = NearDuplicates.Groups([.. hashed.Select(i => i.Item.Hashes!.Perceptual!.Value)], bits);
        foreach (var (group, (at, image)) in groups.Zip(hashed))
            if (group >= 0) images[at] = image with { Row = image.Row with { NearGroup = hashed[group].Item.Row.Id } };
    }
}
