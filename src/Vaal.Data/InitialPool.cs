using System.Text.Json.Serialization;

namespace Vaal.Data;

/// <summary>How the first labelled images are drawn.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InitialDraw>))]
internal enum InitialDraw
{
    /// <summary>As many of each class, as far as that goes; as <see cref="Uniform"/> where images have no class of
    /// their own.</summary>
    Stratified,

    /// <summary>Every image equally likely.</summary>
    Uniform,
}

/// <summary>Draws the images that are labelled before the first round.</summary>
internal static class InitialPool
{
    /// <summary>Distinct ids, ascending; all there are if <paramref name="count"/> is larger.</summary>
    /// <param name="without">classes that the draw leaves out, for a biased initial pool</param>
    public static int[] Draw(
        ImageSet images, int count, InitialDraw draw, long seed, IReadOnlyCollection<int>? without = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        int[] ids = [.. Lacking(images, without ?? [])];
        new Random((int)Seeds.Derive(seed, "initial pool", 0)).Shuffle(ids);
        var chosen = draw == InitialDraw.Uniform || images.Classes.Count == 0 ? ids : InTurns(ids, images);
        return [.. chosen.Take(count).Order()];
    }

    /// <summary>Ids of the images that have none of these classes.</summary>
    public static IEnumerable<int> Lacking(ImageSet images, IReadOnlyCollection<int> classes)
    {
        var all = Enumerable.Range(0, images.Count);
        if (classes.Count == 0) return all;
        return images.ClassSets is { } sets ? all.Where(id => !(sets[id] ?? []).Any(classes.Contains))
            : all.Where(id => !classes.Contains(images.Classes[id]));
    }

    // One of each class in turn, so that any prefix is as even as it can be.
    private static IEnumerable<int> InTurns(int[] ids, ImageSet images)
    {
        var seen = new Dictionary<int, int>();
        return ids.Select(
            id => (Id: id, Turn: seen[images.Classes[id]] = seen.GetValueOrDefault(images.Classes[id], -1) + 1))
            .ToList().OrderBy(p => p.Turn).Select(p => p.Id);
    }
}
