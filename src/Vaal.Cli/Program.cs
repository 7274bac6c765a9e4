using System.CommandLine;
using System.CommandLine.Help;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

// A Command and not a RootCommand: that one takes its name from the assembly, and the program is called vaal.
return Run.Commands(args is [] ? ["--help"] : args, stop => new Command("vaal", "Vaal: which images to label next. Variational adversarial active learning, and an honest comparison with drawing at random.")
{
    new HelpOption(),
    new VersionOption(),
    DemoCommand.Create(stop),
    SimulateCommand.Create(stop),
    BenchCommand.Create(stop),
    CompareCommand.Create(),
    DataCommand.Create(stop),
    InitCommand.Create(stop),
    NextCommand.Create(stop),
    ImportCommand.Create(stop),
    ExportCommand.Create(stop),
    TrainCommand.Create(stop),
    StatusCommand.Create(stop),
    ReportCommand.Create(stop),
    UndoCommand.Create(stop),
    LogCommand.Create(stop),
});
