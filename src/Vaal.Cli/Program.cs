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
    var said = Variables.Read(Environment.GetEnvironmentVariable);
    RuntimeOptions.Use(said.Threads, said.BFloat16, said.CheckpointEvery, said.CacheFolder);
    return RootOf.Vaal(stop);
});
