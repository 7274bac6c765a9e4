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
