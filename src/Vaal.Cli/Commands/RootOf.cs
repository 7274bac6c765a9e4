using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary>All commands under one root.</summary>
internal static class RootOf
{
    private static readonly string[] _ownImages =
        ["init", "next", "serve", "annotator", "import", "export", "classes", "train", "predict", "review", "similar",
            "status", "report", "log", "undo", "check"];

    /// <remarks>
    /// A <see cref="Command"/> and not a <see cref="RootCommand"/>: that one takes its name from the assembly, and the
    /// program is called vaal.
    /// </remarks>
    public static Command Vaal(CancellationToken stop)
    {
        var root = new VaalCommand("vaal",
            "Vaal tells you which of your images to label next, and whether rankings by 'vaal' beat random ones.",
            [
                "vaal demo                     # see it work on built-in photographs, in one or two minutes",
                "vaal init photos --test 10%   # index your own images and set a test set apart",
                "vaal next -n 200              # choose 200 images to label",
            ])
        {
            Groups =
            [
                ("Your own images:", _ownImages),
                ("Experiments:", ["demo", "simulate", "bench", "compare", "data", "encoder", "strategies"]),
                ("Several machines:", ["cluster"]),
                ("Help and your shell:", ["help", "completion"]),
            ],
        };
        root.Options.Add(HelpText.Option());
        root.Options.Add(new VersionOption { Description = "show the version" });
        Command[] commands =
        [
            DemoCommand.Create(stop), SimulateCommand.Create(stop), BenchCommand.Create(stop),
            CompareCommand.Create(stop), DataCommand.Create(stop), EncoderCommand.Create(stop),
            StrategiesCommand.Create(),
            InitCommand.Create(stop), NextCommand.Create(stop), ServeCommand.Create(stop),
            AnnotatorCommand.Create(), ImportCommand.Create(stop), ExportCommand.Create(stop),
            ClassesCommand.Create(), TrainCommand.Create(stop), PredictCommand.Create(stop),
            ReviewCommand.Create(stop), SimilarCommand.Create(stop), StatusCommand.Create(),
            ReportCommand.Create(stop), UndoCommand.Create(stop), LogCommand.Create(), CheckCommand.Create(stop),
            ClusterCommand.Create(stop),
            HelpCommand.Create(), CompletionCommand.Create(), CompletionCommand.Hidden(() => Vaal(stop)),
        ];
        foreach (var command in commands) root.Subcommands.Add(command);
        return root;
    }
}
