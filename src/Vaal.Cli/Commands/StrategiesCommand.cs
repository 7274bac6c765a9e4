using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Strategies;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal strategies</c>: every query strategy in a line, and what it needs.</summary>
internal static class StrategiesCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new VaalCommand("strategies", "list the query strategies: how images can be chosen",
        [
            "vaal strategies                   # all of them, and what each needs",
            "vaal next --strategy typiclust    # use one",
        ])
        { json };
        command.SetAction(parsed =>
        {
            Output.Print(QueryStrategies.List(), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }
}
