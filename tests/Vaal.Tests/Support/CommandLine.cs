using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

namespace Vaal.Tests;

/// <summary>The command line in the process of the tests: it runs what <see cref="VaalProgram"/> runs and says the
/// same, and nothing has to start and to be compiled.</summary>
internal static class CommandLine
{
    public static Outcome Run(params string[] args)
    {
        // on a terminal it draws bars and ruled tables
        if (!Console.IsOutputRedirected || !Console.IsErrorRedirected) return VaalProgram.Run(args);
        VaalProgram.RequireSlow();
        using var console = new OwnConsole();
        var exit = Vaal.Cli.Terminal.Run.Guard(
            () => Vaal.Cli.Terminal.Run.Parse(args is [] ? ["--help"] : args, RootOf.Vaal(default), Output.Error),
            default, Output.Error);
        return new Outcome(exit, console.Out, console.Error);
    }
}
