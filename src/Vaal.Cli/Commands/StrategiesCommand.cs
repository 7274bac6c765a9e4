using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Strategies;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal strategies</c>: every query strategy in a line.</summary>
internal static class StrategiesCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new VaalCommand("strategies", "list the query strategies: how images can be chosen",
        [
            "vaal strategies                   # all of them, one per line",
            "vaal next --strategy typiclust    # use one",
        ])
        { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
            {
                Output.Json(QueryStrategies.Names.Select(n => new { name = n, about = QueryStrategies.Describe(n) }));
                return Run.Done;
            }
            var table = new Table("strategy", "chooses images");
            foreach (var name in QueryStrategies.Names) table.Add(name, QueryStrategies.Describe(name));
            table.Print();
            return Run.Done;
        });
        return command;
    }
}
