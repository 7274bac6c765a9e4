using System.CommandLine;
using System.Globalization;
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
            var (declared, classes) = (workspace.DeclaredClasses, workspace.Status().Classes);
            if (parsed.GetValue(json))
            {
                Output.Json(classes.Select(c => new
                {
                    c.Class,
                    c.Pool,
                    c.Test,
                    declared = declared.Contains(c.Class),
                }));
            }
            else Table(classes, declared).Print();
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
        Func<Workspace, ParseResult, ClassesReport> change, params Argument[] arguments)
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand(name, description, [example]) { where.Folder, json };
        foreach (var argument in arguments) command.Arguments.Add(argument);
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var report = change(workspace, parsed);
            if (parsed.GetValue(json)) Output.Json(report);
            else
            {
                Output.Line($"#{report.Entry}: {report.Images:N0} label{(report.Images == 1 ? "" : "s")} changed; "
                    + "'vaal undo' takes it back");
                if (report.Classes.Count > 0) Output.Line($"declared: {string.Join(", ", report.Classes)}");
            }
            return Run.Done;
        });
        return command;
    }

    /// <summary>Classes with their labelled images in the pool and the test set.</summary>
    public static Table Table(IEnumerable<ClassCount> classes, IReadOnlyList<string> declared)
    {
        var marked = declared.Count > 0;
        string[] columns = ["class", "pool", "test"];
        var table = new Table(marked ? [.. columns, "declared"] : columns);
        foreach (var c in classes)
        {
            string[] cells =
            [
                c.Class, c.Pool.ToString(CultureInfo.InvariantCulture), c.Test.ToString(CultureInfo.InvariantCulture),
            ];
            table.Add(marked ? [.. cells, declared.Contains(c.Class) ? "yes" : "no"] : cells);
        }
        return table;
    }
}
