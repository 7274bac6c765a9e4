using System.CommandLine;
using System.Globalization;
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
            var (invitation, token) = workspace.AddAnnotator(who, parsed.GetValue(owner));
            // this machine's own address leads nobody else here
            var served = Uri.TryCreate(workspace.ServedAt, UriKind.Absolute, out var url) && !url.IsLoopback
                ? workspace.ServedAt : null;
            var link = $"{served ?? "http://ADDRESS:PORT"}/join/{invitation}";
            if (parsed.GetValue(json)) Output.Json(new { name = who, link, token });
            else
            {
                Output.Line($"invitation for {who}, works once: {link}");
                Output.Line($"token for scripts: {token}");
                Output.Line("vaal stores neither of them; the same command makes new ones");
                if (served is null)
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
            var people = workspace.Annotators();
            if (parsed.GetValue(json)) Output.Json(people);
            else if (people.Count == 0) Output.Line("nobody yet; 'vaal annotator add NAME' invites a person");
            else
            {
                var table = new Table("name", "role", "since", "invitation");
                foreach (var person in people)
                {
                    table.Add(person.Name, person.Role,
                        person.Added.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                        person.Invited ? "not used yet" : "used");
                }
                table.Print();
            }
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
