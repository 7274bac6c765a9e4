using System.CommandLine;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

return Run.Main(args, stop => new RootCommand("Vaal: which images to label next. Variational adversarial active learning, and an honest comparison with drawing at random.")
{
    DemoCommand.Create(stop),
    SimulateCommand.Create(stop),
});
