using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Vaal.Workspaces;

namespace Vaal.Cli.Terminal;

/// <summary>
/// The outer edge: turns what a command returns or throws into an exit code and words on standard error.
/// 0: done. 1: the user's mistake or wish, one line, no stack. 2: a fault of Vaal, with the stack.
/// </summary>
internal static class Run
{
    public const int Done = 0, Mistake = 1, Ours = 2;

    private const int BadDescriptor = 9;                                             // EBADF

    /// <summary>
    /// Parses and runs. Ctrl-C and SIGTERM cancel the token that the commands are built with; a second signal kills.
    /// </summary>
    public static int Commands(string[] args, Func<CancellationToken, Command> commands)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => OnSignal(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => OnSignal(signal, stop));
        return Guard(() => Parse(args, commands(stop.Token), Output.Error), stop.Token, Output.Error);
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
            var line = Explain(e, stop);
            if (line is not null) Say(error, "vaal: " + OneLine(line));
            else Say(error, $"vaal: this is a fault in vaal, not in your input\n{e}");
            return line is null ? Ours : Mistake;
        }
    }

    /// <summary>Every parse error on a line of its own; otherwise the command's own exit code.</summary>
    internal static int Parse(string[] args, Command root, TextWriter error)
    {
        var parsed = root.Parse(args);
        var command = parsed.CommandResult.Command;
        string[] problems = [.. Problems(parsed)];
        foreach (var problem in problems) Say(error, "vaal: " + OneLine(problem));
        if (problems.Length > 0)
        {
            Say(error, $"run '{VaalCommand.Typed(command)} --help' for help");
            return Mistake;
        }
        if (Misread(parsed).FirstOrDefault() is { } misread) throw new InputException(misread);
        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = Output.Out,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception e) when (e is not (InputException or OperationCanceledException)
            && DamageIn(parsed) is { } damage)
        {
            throw new InputException(damage, e);
        }
    }

    /// <summary>What is wrong with the database of the workspace that the command works on; null: nothing. A fault in
    /// somebody's database is not one in vaal.</summary>
    private static string? DamageIn(ParseResult parsed)
    {
        string? Given(string name) => parsed.CommandResult.Children
            .FirstOrDefault(c => c is OptionResult o && o.Option.Name == name
                || c is ArgumentResult a && a.Argument.Name == name)?.Tokens.FirstOrDefault()?.Value;
        try
        {
            var folder = Given("--workspace") ?? Given("source") ?? Workspace.Find(Environment.CurrentDirectory);
            return folder is null ? null : Workspace.FaultOf(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException or SqliteException)
        {
            return null;
        }
    }

    /// <summary>In one line what the user or the system did; null: a fault of Vaal.</summary>
    private static string? Explain(Exception cause, CancellationToken stop) => cause switch
    {
        InputException => cause.Message,
        OperationCanceledException when stop.IsCancellationRequested =>
            "stopped; run the same command again to continue",
        // threads that work on the same task fail for the same reason
        AggregateException many when many.Flatten().InnerExceptions is var all
            && all.Count > 0 && all.All(one => Explain(one, stop) is not null) => Explain(all[0], stop),
        IOException io when IsDiskFull(io) => $"no space left on the disk: {io.Message}",
        SqliteException { SqliteErrorCode: 8 or 10 or 13 or 14 } =>
            $"the database of results or labels cannot be read or written ({cause.Message}); "
            + "check that the disk is not full and the folder is not read-only",
        FileNotFoundException or FileLoadException => null,
        // .NET names no file: it is one of ours
        UnauthorizedAccessException { InnerException: IOException { HResult: BadDescriptor } } =>
            "standard output cannot be written: it is closed; send it to a file or to /dev/null",
        UnauthorizedAccessException or IOException => cause.Message,
        _ => null,
    };

    // as the system says it: no space left, or the user's quota is used up
    private static bool IsDiskFull(IOException e) => OperatingSystem.IsWindows()
        ? (e.HResult & 0xffff) is 0x27 or 0x70
        : e.HResult == 28 || e.HResult == (OperatingSystem.IsMacOS() ? 69 : 122);

    // a mistyped name explains the other errors, such as a missing value
    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var typed = VaalCommand.Typed(command);
        string[] unknown = [.. parsed.UnmatchedTokens];
        string[] options =
        [
            .. unknown.Where(t => t.StartsWith('-') && t.Length > 1 && !char.IsAsciiDigit(t[1])),
            .. TakenForArguments(parsed),
        ];
        if (options.Length > 0)
            return options.Select(o => $"'{typed}' has no option '{o}'{DidYouMean(o, Options(command))}");
        if (parsed.Errors.Count == 0) return [];
        string[] names = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        if (names.Length > 0)
        {
            return [unknown is [var first, ..]
                ? $"'{typed}' has no command '{first}'{DidYouMean(first, names)}"
                : $"'{typed}' needs one of these commands: {string.Join(", ", names)}"];
        }
        return parsed.Errors.Select(e => ParseWords.Of(e, command, typed)).Distinct();
    }

    // 'vaal init --tset' does not mean a folder called --tset
    private static IEnumerable<string> TakenForArguments(ParseResult parsed) =>
        parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash) ? []
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
                .Where(v => v.Length > 2 && v.StartsWith("--", StringComparison.Ordinal) && !Path.Exists(v));

    private static IEnumerable<string> Options(Command command) => command.Options.Where(o => !o.Hidden)
        .SelectMany(o => o.Aliases.Append(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal));

    // a whole word of a longer name is nearer than another word that looks alike
    internal static string DidYouMean(string found, IEnumerable<string> known)
    {
        string[] names = [.. known];
        var longer = names.FirstOrDefault(n => n.EndsWith($"-{found.TrimStart('-')}", StringComparison.Ordinal)
            && n != found);
        return (longer ?? Suggestion.Nearest(found, names)) is { } near ? $"; did you mean '{near}'?" : "";
    }

    // what the parser accepts and misreads: an empty name of a file, a decimal comma, the number of a choice, an option
    // without its value
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
            var number = (Nullable.GetUnderlyingType(type) ?? type) is var t
                && (t == typeof(double) || t == typeof(decimal));
            // '--seed 1 --seed': the parser takes the 1
            if (given is OptionResult { IdentifierTokenCount: > 1 } twice
                && twice.Option.Arity.MinimumNumberOfValues > 0 && twice.Tokens.Count < twice.IdentifierTokenCount)
                yield return $"{name} needs a value: {name}{HelpText.Value(twice.Option)}";
            foreach (var token in given.Tokens)
            {
                if (token.Value.Length == 0 && name is not ("--background" or "--classes"))
                    yield return $"{name} is empty";
                if (number && token.Value.Contains(',', StringComparison.Ordinal))
                    yield return $"{name}: expected a number with a decimal point, found '{token.Value}'";
                if (ParseWords.IsNoChoice(type, token.Value))
                    yield return $"{name}: expected {ParseWords.Wanted(type, token.Value)}, found '{token.Value}'";
            }
        }
    }

    private static void OnSignal(PosixSignalContext signal, CancellationTokenSource stop)
    {
        if (stop.IsCancellationRequested) return;                                    // the second one ends us
        signal.Cancel = true;
        var below = Console.IsErrorRedirected ? "" : "\n";                           // not behind the live bars
        Say(Output.Error, below + "vaal: stopping after this step; press Ctrl-C again to stop at once");
        stop.Cancel();
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    // the reader of our standard error may be gone; that changes nothing about the result
    private static void Say(TextWriter error, string text)
    {
        try { error.WriteLine(text); }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
    }
}
