using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal classes</c>: list, declare, rename and merge the classes of labels.</summary>
internal static class ClassesCommand
{
    public static Command Create() => new VaalCommand("classes", "list, declare, rename and merge the classes of "
        + "labels",
        [
            "vaal classes list",
            "vaal classes rename appel Apple    # in every label",
        ])
        {
            List(), Add(), Rename(), Merge(),
        };

    private static VaalCommand List()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand("list", "every class, with its labelled images",
        [
            "vaal classes list",
        ])
        { where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            Output.Print(workspace.Classes(), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }

    private static VaalCommand Add()
    {
        var names =
            new Argument<string[]>("name") { Description = "names of classes", Arity = ArgumentArity.OneOrMore };
        return Changing("add", "declare classes; labels of other classes are refused", "vaal classes add cat dog",
            (workspace, parsed) => workspace.AddClasses(parsed.GetValue(names)!), names);
    }

    private static VaalCommand Rename()
    {
        var from = new Argument<string>("from") { Description = "the class" };
        var to = new Argument<string>("to") { Description = "its new name" };
        return Changing("rename", "give a class another name, in every label", "vaal classes rename appel Apple",
            (workspace, parsed) => workspace.RenameClass(parsed.GetValue(from)!, parsed.GetValue(to)!), from, to);
    }

    private static VaalCommand Merge()
    {
        var names = new Argument<string[]>("name")
        {
            Description = "the classes, the one that stays last",
            Arity = new ArgumentArity(2, 100_000),
        };
        return Changing("merge", "make one class of several; the last name stays", "vaal classes merge puppy hound dog",
            (workspace, parsed) =>
            {
                var all = parsed.GetValue(names)!;
                return workspace.MergeClasses(all[..^1], all[^1]);
            }, names);
    }

    private static VaalCommand Changing(string name, string description, string example,
        Func<Workspace, ParseResult, Report> change, params Argument[] arguments)
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand(name, description, [example]) { where.Folder, json };
        foreach (var argument in arguments) command.Arguments.Add(argument);
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            Output.Print(change(workspace, parsed), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }
}
