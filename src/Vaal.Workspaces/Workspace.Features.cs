using Vaal.Data;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Name of the encoder whose features are used, the path of an <c>.onnx</c> model or of a table of
    /// features; <c>none</c>:
    /// none. A workspace of an older version gets what suits its images.</summary>
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
            using var rows = maker.Make(sources, () => (images = LoadImages()).Images, notes, report, cancel);
            return (notes, [.. (rows?.Problems ?? new Dictionary<int, string>())
                .Select(p => $"no features of {sources.Files[p.Key].Path}: {p.Value}")]);
        }
        finally
        {
            images?.Dispose();
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
            Folder = Path.Combine(Folder, "features"),
            Encoder = Encoder,
        };
    }
}
