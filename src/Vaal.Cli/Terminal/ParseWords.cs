using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Vaal.Cli.Terminal;

/// <summary>What is wrong with a command line, as <c>expected X, found Y</c>. The parser's own messages name types of
/// .NET, and some of them not the option.</summary>
internal static partial class ParseWords
{
    /// <param name="typed">the command as it is typed</param>
    public static string Of(ParseError error, Command command, string typed)
    {
        var (name, type) = error.SymbolResult switch
        {
            OptionResult { Option: var o } => (o.Name, o.ValueType),
            ArgumentResult { Parent: OptionResult { Option: var o } } => (o.Name, o.ValueType),
            ArgumentResult { Argument: var a } => ($"<{a.Name}>", a.ValueType),
            _ => (null, typeof(string)),
        };
        var found = Quoted().Match(error.Message) is { Success: true } quoted ? quoted.Groups[1].Value : "";
        return error.Message switch
        {
            _ when error.Message.StartsWith("Required argument missing", StringComparison.Ordinal) =>
                error.SymbolResult is OptionResult { Option: var o }
                    ? $"{o.Name} needs a value: {o.Name}{HelpText.Value(o)}"
                    : $"'{typed}' needs {string.Join(' ', command.Arguments.SelectMany(Needed))}",
            _ when error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal) && name is not null =>
                $"{name}: expected {Wanted(type, found)}, found '{found}'",
            _ when Choices().Match(error.Message) is { Success: true } choices && name is not null =>
                $"{name}: expected one of {string.Join(", ", Quoted().Matches(choices.Groups[1].Value)
                    .Select(m => m.Groups[1].Value))}, found '{found}'",
            _ when Times().Match(error.Message) is { Success: true } times && name is not null =>
                $"expected {name} once, found it {times.Groups[1].Value} times",
            _ when error.Message.EndsWith(" is required.", StringComparison.Ordinal)
                && command.Options.FirstOrDefault(o => o.Name == found) is { } required =>
                $"'{typed}' needs {required.Name}{HelpText.Value(required)}",
            _ when error.Message.StartsWith("Unrecognized command or argument", StringComparison.Ordinal) =>
                $"'{typed}' does not know what '{found}' is for",
            _ => error.Message,
        };
    }

    // at least two names of classes: <name> <name>
    private static IEnumerable<string> Needed(Argument argument) =>
        Enumerable.Repeat($"<{argument.Name}>", Math.Max(1, argument.Arity.MinimumNumberOfValues));

    /// <summary>Whether a choice by name is given as a number, or as several names.</summary>
    public static bool IsNoChoice(Type type, string found) =>
        (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } t
        && Enum.TryParse(t, found, ignoreCase: true, out _)
        && !Enum.GetNames(t).Contains(found, StringComparer.OrdinalIgnoreCase);

    /// <summary>What an option takes.</summary>
    public static string Wanted(Type type, string found) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsArray: true } list => Wanted(list.GetElementType()!, found),
        var t when t == typeof(double) || t == typeof(decimal) => "a number",
        var t when t == typeof(int) || t == typeof(long) => found.TrimStart('-') is { Length: > 0 } digits
            && digits.All(char.IsAsciiDigit) ? "a smaller whole number" : "a whole number",
        var t when t == typeof(bool) => "true or false",
        { IsEnum: true } names =>
            $"one of {string.Join(", ", Enum.GetNames(names).Select(n => n.ToLowerInvariant()))}",
        var t => t.Name,
    };

    [GeneratedRegex("'(.*?)'", RegexOptions.Singleline)] private static partial Regex Quoted();
    [GeneratedRegex(@"not recognized\. Must be one of:(.*)", RegexOptions.Singleline)]
    private static partial Regex Choices();
    [GeneratedRegex(@"expects a single argument but (\d+) were provided")] private static partial Regex Times();
}
