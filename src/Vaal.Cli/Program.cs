using Vaal;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

return Run.Commands(args is [] ? ["--help"] : args, stop =>
{
    RuntimeOptions.Use(Variables.Read(Environment.GetEnvironmentVariable));
    return RootOf.Vaal(stop);
});
