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

    /// <summary>Its folder, or the image folder that holds it.</summary>
    /// <exception cref="InputException">there is none</exception>
    public string Of(ParseResult parsed) => parsed.GetValue(Folder)
        ?? Workspace.Find(Environment.CurrentDirectory)
        ?? throw new InputException($"there is no workspace in {Environment.CurrentDirectory} or above; "
            + "'vaal init DIR' makes one, --workspace names one");
}
