using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

return Run.Commands(args is [] ? ["--help"] : args, RootOf.Vaal);
