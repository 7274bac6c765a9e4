using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal annotator</c>: who may label on the page of <c>vaal serve</c>.</summary>
internal static class AnnotatorCommand
{
    public static Command Create() => new VaalCommand("annotator", "invite people to label with 'vaal serve --lan'",
        [
            "vaal annotator add ann     # prints an invitation, once",
            "vaal annotator list",
        ])
        {
            Add(), List(), Remove(),
        };

    private static VaalCommand Add()
    {
        var name = new Argument<string>("name") { Description = "name of the person; it is written into the labels" };
        var owner = new Option<bool>("--owner")
        {
            Description = "may also change settings, rename and merge classes, and settle disagreements",
        };
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand("add",
            "add a person and print an invitation and a token for scripts, once; run it again for new ones",
            [
                "vaal annotator add ann",
                "vaal annotator add ben --owner",
            ])
        { name, owner, where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var who = parsed.GetValue(name)!;
            var (invitation, token, known) = workspace.AddAnnotator(who, parsed.GetValue(owner));
            var link = known ?? $"http://ADDRESS:PORT/join/{invitation}";
            if (parsed.GetValue(json)) Output.Json(new { name = who, link, token });
            else
            {
                Output.Line($"invitation for {who}, works once: {link}");
                Output.Line($"token for scripts: {token}");
                Output.Line("vaal stores neither of them; the same command makes new ones");
                if (known is null)
                    Output.Line("ADDRESS:PORT is what 'vaal serve --lan' prints");
            }
            return Run.Done;
        });
        return command;
    }

    private static VaalCommand List()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand("list", "everybody who was invited", ["vaal annotator list"])
        { where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            Output.Print(workspace.Annotators(), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static VaalCommand Remove()
    {
        var name = new Argument<string>("name") { Description = "name of the person" };
        var where = new WorkspaceArguments();
        var command = new VaalCommand("remove", "take a person's access away; the labels stay",
            ["vaal annotator remove ann"])
        { name, where.Folder };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            workspace.RemoveAnnotator(parsed.GetValue(name)!);
            Output.Line($"{parsed.GetValue(name)} has no access any more; the labels stay");
            return Run.Done;
        });
        return command;
    }
}
