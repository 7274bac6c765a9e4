using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>The images of a workspace as training wants them. Ids are positions in <see cref="Images"/>.</summary>
/// <param name="Images">every image that can be decoded, read from the packed cache; classes, of images or of their
/// masks' pixels, are numbers in <see cref="ClassNames"/></param>
/// <param name="Rows">by id</param>
/// <param name="Labelled">ids of the pool with a label, here or elsewhere, ascending</param>
/// <param name="Unlabelled">ids of the pool without, ascending: no duplicates, no test images, none that somebody
/// marked as unsure or unusable</param>
/// <param name="Test">ids of the test set, labelled or not, ascending</param>
internal sealed record WorkspaceImages(
    ImageSet Images, IReadOnlyList<ImageRow> Rows, int[] Labelled, int[] Unlabelled, int[] Test,
        IReadOnlyList<string> ClassNames) : IDisposable
{
    /// <summary>What the user should know of the labels; null: nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Without the test set.</summary>
    public Pool Pool => Pool.Of(Images, Labelled, Unlabelled);

    public void Dispose() => Images.Dispose();
}

public sealed partial class Workspace
{
    private ImageRoot? _imageFiles;

    /// <summary>Whether links that lead out of the image folder are read: the user has said so here, on this machine.
    /// A workspace from elsewhere cannot say it.</summary>
    private bool FollowsLinks => Setting("links") is { } links && links == LinksOf(Root);

    /// <summary>The one place where files of images come from: all that opens one asks here.</summary>
    internal ImageRoot ImageFiles => _imageFiles ??= ImageRoot.Of(Root, FollowsLinks);

    /// <summary>Every image ever seen, by path.</summary>
    internal IReadOnlyList<ImageRow> Images()
    {
        var rows = _db.Query(
            """
            select id, path, bytes, modified, width, height, state, reason, duplicate_of, near_group, test from images
            """,
            r => new ImageRow(
                r.GetInt32(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetInt32(4), r.GetInt32(5),
                Enum.Parse<ImageState>(r.GetString(6), ignoreCase: true),
                r.Text(7), r.Whole(8), r.Whole(9), r.GetInt32(10) != 0));
        rows.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return rows;
    }

    /// <summary>The images with labels of a kind.</summary>
    internal WorkspaceImages Load(LabelForm labels, Action<TrainEvent>? report, CancellationToken cancel) =>
        labels.ByPixel ? LoadMasks(report, cancel) : LoadImages(report: report, cancel: cancel);

    // of an image whose label is elsewhere the classes are not known
    private static (string[] Names, int[]?[] Sets) SetsOf(List<ImageRow> rows, Dictionary<int, LabelRow> labels)
    {
        string[] names = ClassSet.Of(labels.Values.Where(l => l.SetJson is not null).SelectMany(l => l.Classes));
        var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index);
        return (names, [.. rows.Select(r => labels.GetValueOrDefault(r.Id) is { SetJson: not null } label
            ? label.Classes.Select(c => numbers[c]).ToArray() : null)]);
    }

    /// <summary>The images of the pool and of the test set, by id: a million are read in seconds.</summary>
    internal ImageRow[] UsableImages() => [.. _db.Query(
        "select id, path, bytes, modified, width, height, near_group, test from images where state = 'ok' order by id",
        r => new ImageRow(r.GetInt32(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetInt32(4), r.GetInt32(5),
            ImageState.Ok, null, null, r.Whole(6), r.GetInt32(7) != 0))];

    /// <summary>The decoded images with what is known of each; from the packed cache, which is made where it is
    /// missing.</summary>
    /// <param name="size">side in pixels; null: as <c>init</c> was told</param>
    /// <exception cref="InputException">no image can be decoded</exception>
    internal WorkspaceImages LoadImages(
        int? size = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        return Load(Loading(size, report, cancel), (rows, labels) =>
        {
            if (IsMultiLabel)
            {
                var (all, sets) = SetsOf(rows, labels);
                return (all, [.. rows.Select(_ => -1)], null, sets);
            }
            string[] names =
                [.. labels.Values.Select(l => l.Class).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
            var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index);
            return (names,
                [.. rows.Select(r => labels.GetValueOrDefault(r.Id)?.Class is { } name ? numbers[name] : -1)],
                null, null);
        });
    }

    private WorkspaceImages Load(
        LoadOptions options, Func<List<ImageRow>, Dictionary<int, LabelRow>,
        (string[] Names, int[] Classes, ImageSet? Masks, int[]?[]? Sets)> read)
    {
        List<ImageRow> rows = [.. Images().Where(r => r.State != ImageState.Removed)];
        if (rows.Count == 0) throw new InputException($"the index of {Root} has no image; run 'vaal init' again");
        using var packed =
            PackedCache.Open(
                ImageFiles, [.. rows.Select(r => new SourceFile(r.Path, r.Bytes, r.Modified))], options, []);
        rows = [.. rows.Where((_, i) => packed.Entries[i].Problem is null)];
        if (rows.Count == 0) throw new InputException($"no image in {Root} can be read");

        var labels = Labels().ToDictionary(l => l.Image);
        var marked = Marks().Keys.ToHashSet();
        var (names, classes, masks, sets) = read(rows, labels);
        var (width, height) = options.Target;
        var images = new ImageSet(packed.Part(0, rows.Count), options.Channels
            ?? 3, height, width, classes, [.. rows.Select(r => r.Path)], masks)
        {
            ClassSets = sets,
        };
        return new(
            images, rows, Ids(r => !r.Test && labels.ContainsKey(r.Id)),
            Ids(r => !r.Test && !labels.ContainsKey(r.Id) && !marked.Contains(r.Id)),
            Ids(r => r.Test), names);

        int[] Ids(Func<ImageRow, bool> wanted) =>
            [.. rows.Index().Where(r => r.Item.State == ImageState.Ok && wanted(r.Item)).Select(r => r.Index)];
    }

    private void FollowLinks()
    {
        Set("links", LinksOf(Root));
        _imageFiles = null;
    }

    // a digest of the folder, the user and the machine: whoever packs a workspace for others does not know all three
    private static string LinksOf(string root)
    {
        const string machineId = "/etc/machine-id";
        var machine = File.Exists(machineId) ? File.ReadAllText(machineId) : Environment.MachineName;
        var who = $"{RealPath.Of(root) ?? root}\n{Environment.UserName}\n{machine}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(who)));
    }

    /// <summary>How images were brought to the pool's size.</summary>
    internal LoadOptions Loading() => Loading(null, null, default);

    /// <summary>The images as <c>init</c> decoded them, to show; null: the cache is not there.</summary>
    internal PackedFile? Packed() => PackedCache.Find(Root, Loading());

    private LoadOptions Loading(int? size, Action<TrainEvent>? report, CancellationToken cancel) => new()
    {
        Size = size ?? int.Parse(Setting("size") ?? "64", Invariant),
        Fit = Enum.Parse<Fit>(Setting("fit") ?? nameof(Fit.Crop)),
        CacheFolder = Folder == Path.Combine(Root, FolderName) ? null : Folder,
        Report = report,
        Cancel = cancel,
    };
}
