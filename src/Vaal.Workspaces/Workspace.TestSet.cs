using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private HashSet<string> Listed(string list, List<SourceFile> files)
    {
        var names = new ImageNames(files.Select(f => f.Path), Root);
        var (wanted, unknown) = (new HashSet<string>(), new List<string>());
        var listed = Names(list).ToList();
        var uploads = ImageNames.AreUploads(listed.Select(l => l.Image));
        foreach (var (image, where) in listed)
        {
            if (names.Resolve(image, null, out var problem, uploads: uploads || ImageNames.IsUpload(image)) is
                { } found)
                wanted.Add(found);
            else unknown.Add($"{where}: {problem}");
        }
        if (unknown.Count > 0)
            throw new InputException(
                $"{list} {unknown[0]}{(unknown.Count > 1 ? $", and {unknown.Count - 1} more" : "")}; "
                + "the test set must be complete, so nothing was done");
        return wanted.Count > 0 ? wanted : throw new InputException($"{list} names no image");
    }

    /// <summary>The names in a table, or in a plain text with one name per line.</summary>
    private static IEnumerable<(string Image, string Where)> Names(string list)
    {
        Data.Labels.Sources.NoSpreadsheet(list);
        if (Directory.Exists(list))
            throw new InputException($"expected a file that names images, found the folder {list}");
        if (Data.Labels.Sources.Readable(list, () => Manifest.Recognises(list)))
            return Manifest.Read(list, ImportContext.Empty with { ImagesAlone = true }).Select(r => (r.Image, r.Where));
        if (!File.Exists(list)) throw new InputException($"there is no file {list}");
        return RegularFile.ReadAllLines(list).Select((line, i) => (Image: line.Trim(), Where: $"line {i + 1}"))
            .Where(l => l.Image.Length > 0);
    }

    private bool HasTest(List<string> notes)
    {
        if (Setting("test") is not { } since) return false;
        var when = Ledger.Time(since).ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant);
        notes.Add($"the test set was chosen {when} and stays as it is");
        return true;
    }

    /// <summary>An image that comes later and looks like a test image joins the test set: a network that learned from
    /// it would be tested on what it has seen.</summary>
    /// <param name="isNew">the test set was there before the image</param>
    /// <returns>what to say of those that join, and of those that stay in the pool</returns>
    private static IEnumerable<string> KeepTestApart(List<IndexedImage> images, Func<ImageRow, bool> isNew)
    {
        var groups = images.Where(i => i.Row is { State: ImageState.Ok, Test: true, NearGroup: not null })
            .Select(i => i.Row.NearGroup!.Value).ToHashSet();
        var alike = images.Index().Where(i => i.Item.Row is { State: ImageState.Ok, Test: false, NearGroup: { } group }
            && groups.Contains(group)).ToList();
        var joins = alike.Where(i => isNew(i.Item.Row)).ToList();
        foreach (var (at, image) in joins) images[at] = image with { Row = image.Row with { Test = true } };
        if (joins.Count > 0)
            yield return joins.Count == 1 ? "1 new image looks like a test image and joins the test set"
                : $"{joins.Count:N0} new images look like test images and join the test set";
        if (alike.Count - joins.Count is > 0 and var left)
            yield return $"{Counted.Of(left, "image")} of the pool {(left == 1 ? "looks" : "look")} like test images; "
                + "a model that learns from them may test too well";
    }

    /// <summary>Images that look alike are either all in the test set or all not: else the test would be of what was
    /// learned.</summary>
    private static void DrawTest(List<IndexedImage> images, TestSize size, long seed)
    {
        var groups = images.Index().Where(i => i.Item.Row.State == ImageState.Ok)
            .GroupBy(i => i.Item.Row.NearGroup ?? i.Item.Row.Id).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        var wanted = size.Of(groups.Sum(g => g.Length));
        if (wanted >= groups.Sum(g => g.Length))
            throw new InputException(
                $"a test set of {wanted} would leave none of "
                    + $"{Counted.Of(groups.Sum(g => g.Length), "image")} to label");
        if (groups.Length == 1)
            throw new InputException(
                $"all {groups[0].Length:N0} images look alike, so a test set would not be independent of the "
                + "others; --near-duplicates 0 treats them as different");
        if (groups.All(g => g.Length > wanted))
            throw new InputException(
                $"no test set of {Counted.Of(wanted, "image")} can be drawn from {groups.Sum(g => g.Length)}"
                + (wanted > 0 ? ", where those that look alike stay together" : "")
                + $"; ask for more, such as --test {groups.Min(g => g.Length)}");
        new Random((int)Seeds.Derive(seed, "test set", 0)).Shuffle(groups);
        foreach (var group in groups)
        {
            if (wanted < group.Length) continue;
            wanted -= group.Length;
            foreach (var (at, image) in group) images[at] = image with { Row = image.Row with { Test = true } };
        }
    }
}
