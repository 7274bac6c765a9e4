namespace Vaal.Workspaces;

/// <summary>What <c>init</c> would index.</summary>
public sealed class IndexPreview
{
    internal IndexPreview(int images, string root, string folder, bool isNew) =>
        (Images, Root, Folder, IsNew) = (images, root, folder, isNew);

    /// <summary>Image files in the folder and below, or rows of the table.</summary>
    public int Images { get; internal init; }

    /// <summary>The image folder.</summary>
    public string Root { get; internal init; }

    /// <summary>Where the workspace lies, or would.</summary>
    public string Folder { get; internal init; }

    /// <summary>There is no workspace yet.</summary>
    public bool IsNew { get; internal init; }
}
