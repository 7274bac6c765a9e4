using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Looks at a folder or a table, and changes nothing.</summary>
    /// <param name="source">as in <see cref="Create"/></param>
    /// <param name="folder">as in <see cref="Create"/></param>
    /// <param name="followLinks">links that lead out of the folder are to be read</param>
    /// <returns>how many image files there are in the folder and below, or rows of the table; the image folder; where
    /// the workspace lies, or would; and whether there is none yet</returns>
    /// <exception cref="InputException">there is no such folder or table</exception>
    public static (int Images, string Root, string Folder, bool IsNew) Preview(string source, string? folder = null,
        bool followLinks = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        source = Meant(source, folder);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        if (!Path.Exists(full)) throw new InputException($"there is no folder or file {source}");
        var table = IsTable(full, source);
        var root = table ? Path.GetDirectoryName(full)! : full;
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder ?? Path.Combine(root, FolderName)));
        var isNew = IsNew(folder);
        var images = table ? Manifest.Read(full, ImportContext.Empty with { ImagesAlone = true }).Count
            : SourceFiles.In(root, within: isNew || followLinks
                ? ImageRoot.Of(root, followLinks) : ImageFilesOf(folder)).Count();
        return (images, root, folder, isNew);
    }

    private static ImageRoot ImageFilesOf(string folder)
    {
        using var workspace = Open(folder);
        return workspace.ImageFiles;
    }
}
