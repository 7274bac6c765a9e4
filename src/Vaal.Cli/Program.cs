using Vaal;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

if (Descriptors.Problem() is { } problem)
{
    Console.Error.WriteLine(problem);
    return Run.Mistake;
}
return Run.Commands(args is [] ? ["--help"] : args, stop =>
{
    RuntimeOptions.Use(Variables.Read(Environment.GetEnvironmentVariable));
    return RootOf.Vaal(stop);
});
