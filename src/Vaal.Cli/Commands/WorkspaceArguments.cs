using System.CommandLine;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary>Which workspace a command works on.</summary>
internal sealed class WorkspaceArguments
{
    public Option<string?> Folder { get; } = new("--workspace")
    {
        Description = "folder of the workspace, or the image folder that holds it; default: found from here upwards",
    };

    /// <exception cref="InputException">there is none</exception>
    public Workspace Open(ParseResult parsed) => Workspace.Open(Of(parsed));

    /// <summary>That a file to write is none of a workspace's own: its exports alone take other files.</summary>
    /// <param name="option">that names the file; null: none does</param>
    /// <exception cref="InputException">it is</exception>
    public static void CheckOutput(string option, string? file)
    {
        if (file is null || Path.GetDirectoryName(Path.GetFullPath(file)) is not { } folder
            || Workspace.Find(folder) is not { } home) return;
        var (place, exports) = (folder + Path.DirectorySeparatorChar, Path.Combine(home, "exports"));
        if (!place.StartsWith(home + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || place.StartsWith(exports + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return;
        throw new InputException($"expected a file outside of the workspace {home} with {option}, found {file}; name "
            + $"one elsewhere, or in {exports}");
    }

    /// <summary>Its folder, or the image folder that holds it.</summary>
    /// <exception cref="InputException">there is none</exception>
    public string Of(ParseResult parsed) => parsed.GetValue(Folder)
        ?? Workspace.Find(Environment.CurrentDirectory)
        ?? throw new InputException($"there is no workspace in {Environment.CurrentDirectory} or above; "
            + "'vaal init DIR' makes one, --workspace names one");
}
