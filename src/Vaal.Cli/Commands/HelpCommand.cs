using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal help next</c> is <c>vaal next --help</c>.</summary>
internal static class HelpCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("command")
        {
            Description = "the command to explain; left out: all commands",
            Arity = ArgumentArity.ZeroOrMore,
        };
        names.CompletionSources.Add(typed => Shown(typed.ParseResult.RootCommandResult.Command));
        var command = new VaalCommand("help", "explain a command: what it does, its options, examples",
            [
                "vaal help               # all commands",
                "vaal help next          # as 'vaal next --help'",
                "vaal help data fetch",
            ])
        {
            names,
        };
        command.SetAction(parsed =>
        {
            var of = parsed.GetValue(names)!.Aggregate(parsed.RootCommandResult.Command, Below);
            return new HelpText().Print(of, parsed);
        });
        return command;
    }

    private static Command Below(Command command, string name)
    {
        if (command.Subcommands.FirstOrDefault(c => c.Name == name) is { } found) return found;
        var (typed, near) = (VaalCommand.Typed(command), Run.DidYouMean(name, Shown(command)));
        throw new InputException($"'{typed}' has no command '{name}'"
            + (near.Length > 0 ? near : $"; run '{typed} --help' for help"));
    }

    private static IEnumerable<string> Shown(Command command) =>
        command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
}
