using System.CommandLine;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

return Run.Commands(args, stop => new RootCommand("Vaal: which images to label next. Variational adversarial active learning, and an honest comparison with drawing at random.")
{
    SimulateCommand.Create(stop),
    InitCommand.Create(stop),
    ImportCommand.Create(stop),
    ExportCommand.Create(stop),
    StatusCommand.Create(stop),
    UndoCommand.Create(stop),
    LogCommand.Create(stop),
});
