using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Name of the encoder whose features are used, the path of an <c>.onnx</c> model or of a table of
    /// features; <c>none</c>: none. A workspace of an older version gets what suits its images.</summary>
    public string Encoder => Setting("encoder")
        ?? ImageSources.EncoderFor(Images().Select(r => Math.Min(r.Width, r.Height)));

    /// <summary>Makes the features that are missing, by the workspace's encoder: <see cref="Next"/> and
    /// <see cref="Train"/> then start at once. They stay when this is stopped.</summary>
    /// <param name="maker"><c>FeatureMaker</c> of the package Vaal</param>
    /// <returns>what the user should know, and which images have no features and why, a line each</returns>
    /// <exception cref="InputException">the encoder is missing or damaged, or gives no numbers</exception>
    public (IReadOnlyList<string> Notes, IReadOnlyList<string> Problems) MakeFeatures(IFeatureMaker maker,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(maker);
        WorkspaceImages? images = null;
        try
        {
            var (sources, notes) = (Sources(), new List<string>());
            using var rows = maker.Make(sources, () => (images = LoadImages()).Pool, notes, report, cancel);
            if (rows is not null) Look(rows, sources, notes, report, cancel);
            return (notes, [.. (rows?.Problems ?? new Dictionary<int, string>())
                .Select(p => $"no features of {sources.Files[p.Key].Path}: {p.Value}")]);
        }
        finally
        {
            images?.Dispose();
        }
    }

    /// <summary>What the features said of the images when they were made last; null: there are none, or they are of
    /// another encoder.</summary>
    internal FeatureLook? FeatureLook
    {
        get
        {
            if (!File.Exists(LookFile)) return null;
            var look = JsonSerializer.Deserialize<FeatureLook>(RegularFile.ReadAllBytes(LookFile), Json.Options);
            return look?.Encoder == Encoder ? look : null;
        }
    }

    private string LookFile => Path.Combine(Folder, "features", "look.json");

    // near-duplicates and outliers, among the images that are no exact duplicates
    private void Look(FeatureRows rows, ImageSources sources, List<string> notes, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        var duplicates = Images().Where(i => i.State == ImageState.Duplicate).Select(i => i.Path).ToHashSet();
        int[] known = [.. Enumerable.Range(0, rows.Count)
            .Where(i => rows.Has(i) && !duplicates.Contains(sources.Files[i].Path))];
        var compared = known.Length is > 1 and <= Neighbours.MostRows;
        if (compared) report?.Invoke(new("comparing features", 0, known.Length));
        else if (known.Length > 1)
            notes.Add(string.Create(Invariant, $"{known.Length:N0} images are too many to compare features; ")
                + string.Create(Invariant, $"the limit is {Neighbours.MostRows:N0}"));
        var found = compared ? Neighbours.Of(rows.Rows(known), rows.Dim, cancel) : new([], []);
        var look = new FeatureLook(sources.Encoder, known.Length, rows.Problems.Count, Groups(found.Pairs),
            [.. found.Outliers().Select(PathOf)], compared)
        { Digest = rows.Digest };
        Directory.CreateDirectory(Path.GetDirectoryName(LookFile)!);
        AtomicFile.WriteAllText(LookFile, JsonSerializer.Serialize(look, Json.Options));

        string PathOf(int i) => sources.Files[known[i]].Path;

        // whatever is linked by pairs belongs together
        IReadOnlyList<IReadOnlyList<string>> Groups(IReadOnlyList<(int A, int B)> pairs)
        {
            var forest = new Forest(known.Length);
            foreach (var (a, b) in pairs) forest.Join(a, b);
            return [.. pairs.SelectMany(p => new[] { p.A, p.B }).Distinct().GroupBy(forest.Root)
                .Select(g => (IReadOnlyList<string>)[.. g.Order().Select(PathOf)])];
        }
    }

    /// <summary>Where the images are that features are made of.</summary>
    /// <param name="rows">null: every image that can be decoded</param>
    internal ImageSources Sources(IReadOnlyList<ImageRow>? rows = null)
    {
        rows ??= [.. Images().Where(r => r.State is ImageState.Ok or ImageState.Duplicate)];
        return new()
        {
            Root = Root,
            FollowLinks = FollowsLinks,
            Files = [.. rows.Select(r => new SourceFile(r.Path, r.Bytes, r.Modified))],
            Fit = Loading().Fit,
            Folder = Path.Combine(Folder, "features"),
            Encoder = Encoder,
        };
    }
}
