using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

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
                SqliteException { SqliteErrorCode: 8 or 10 or 13 or 14 } => $"the database of results or labels cannot be read or written ({cause.Message}); is the disk full, or the folder read-only?",
                UnauthorizedAccessException or (IOException and not (FileNotFoundException or FileLoadException)) => cause.Message,
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
        foreach (var problem in parsed.Errors) Say(error, "vaal: " + OneLine(InWords(problem.Message)));
        if (parsed.Errors.Count == 0 && Misread(parsed).FirstOrDefault() is { } misread) throw new InputException(misread);
        if (parsed.Errors.Count == 0)
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        Say(error, $"'{Usage(parsed.CommandResult.Command)} --help' lists what there is");
        return Mistake;
    }

    // the parser speaks of .NET types
    private static string InWords(string problem) => Regex.Replace(problem, @"as expected type '(?:System\.Nullable`1\[)?([\w.]+)\]?'", match => match.Groups[1].Value switch
    {
        "System.Double" => "as a number",
        "System.Int32" or "System.Int64" => "as a whole number",
        var type when typeof(VaalOptions).Assembly.GetType(type) is { IsEnum: true } names => $"as one of {string.Join(", ", Enum.GetNames(names))}",
        _ => match.Value,
    });

    // what the parser takes without a word: an empty name of a file, and a decimal comma, which it reads as one between thousands
    private static IEnumerable<string> Misread(ParseResult parsed)
    {
        foreach (var given in parsed.CommandResult.Children)
        {
            var (name, type) = given switch
            {
                OptionResult { Option: var o } => (o.Name, o.ValueType),
                ArgumentResult { Argument: var a } => ($"<{a.Name}>", a.ValueType),
                _ => ("", typeof(object)),
            };
            foreach (var token in given.Tokens)
            {
                if (token.Value.Length == 0 && name is not ("--background" or "--classes")) yield return $"{name} is empty";
                if (token.Value.Contains(',', StringComparison.Ordinal) && (Nullable.GetUnderlyingType(type) ?? type) is var number && (number == typeof(double) || number == typeof(decimal))) yield return $"{name} is '{token.Value}'; a number was wanted, with a point before its decimals";
            }
        }
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
