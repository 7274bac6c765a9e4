using System.CommandLine;
using System.Runtime.InteropServices;

namespace Vaal.Cli.Terminal;

/// <summary>
/// The outer edge: turns what comes out of a command into an exit code and words on standard error.
/// 0 done; 1 the user's mistake or wish, one line, no stack; 2 ours, with the stack.
/// </summary>
internal static class Run
{
    public const int Done = 0, Mistake = 1, Ours = 2;

    /// <summary>Parses and runs. The token that the commands are built with is cancelled by Ctrl-C and SIGTERM; a second one kills.</summary>
    public static int Commands(string[] args, Func<CancellationToken, Command> commands)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => OnSignal(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => OnSignal(signal, stop));
        return Guard(() => Parse(args, commands(stop.Token), Console.Error), stop.Token, Console.Error);
    }

    /// <summary>Runs a command and answers for its exceptions.</summary>
    internal static int Guard(Func<int> command, CancellationToken stop, TextWriter error)
    {
        try
        {
            return command();
        }
        catch (Exception e)
        {
            var cause = e is AggregateException { InnerExceptions: [var only] } ? only : e;
            var line = cause switch
            {
                InputException or Training.DivergedException => cause.Message,
                OperationCanceledException when stop.IsCancellationRequested => "stopped; run the same command again to go on",
                IOException io when AtomicFile.IsDiskFull(io) => $"no space left on the disk: {io.Message}",
                UnauthorizedAccessException => cause.Message,
                _ => null,
            };
            Say(error, line is null ? $"vaal: this is a fault in vaal, not in what you gave it\n{e}" : "vaal: " + OneLine(line));
            return line is null ? Ours : Mistake;
        }
    }

    /// <summary>Every parse error on a line of its own; otherwise the command's own exit code.</summary>
    internal static int Parse(string[] args, Command root, TextWriter error)
    {
        var parsed = root.Parse(args);
        foreach (var problem in parsed.Errors) Say(error, "vaal: " + OneLine(problem.Message));
        if (parsed.Errors.Count == 0)
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        Say(error, $"'{Usage(parsed.CommandResult.Command)} --help' lists what there is");
        return Mistake;
    }

    private static string Usage(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Usage(parent)} {command.Name}" : command.Name;

    private static void OnSignal(PosixSignalContext signal, CancellationTokenSource stop)
    {
        if (stop.IsCancellationRequested) return;                                    // the second one: let the system end us
        signal.Cancel = true;
        var below = Console.IsErrorRedirected ? "" : "\n";                           // not behind the live line
        Say(Console.Error, below + "vaal: stopping after this step; once more to stop at once");
        stop.Cancel();
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    // whoever read our standard error may be gone; that changes nothing about the result
    private static void Say(TextWriter error, string text)
    {
        try { error.WriteLine(text); }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
    }
}
