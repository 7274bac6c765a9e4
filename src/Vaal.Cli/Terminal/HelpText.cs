using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;

namespace Vaal.Cli.Terminal;

/// <summary>
/// The text of <c>--help</c>. System.CommandLine's own has no place for examples and lists every option in one group.
/// </summary>
internal sealed class HelpText(int? width = null) : SynchronousCommandLineAction
{
    private const int WidestName = 30, NarrowestColumns = 72;

    // of options that take a text: what kind, where their name alone does not say it
    private static readonly Dictionary<string, string> _kinds = new()
    {
        ["--workspace"] = "folder",
        ["--to"] = "folder",
        ["--out"] = "folder",
        ["--root"] = "folder",
        ["--from"] = "path|address",
        ["--data"] = "name|folder",
        ["--features"] = "name|file",
        ["--encoder"] = "name|file",
        ["--model"] = "file",
        ["--costs"] = "file",
        ["--labels-from"] = "file",
        ["--labels-column"] = "column",
        ["--test"] = "share|n",
        ["--test-list"] = "file",
        ["--classes"] = "names",
        ["--background"] = "class",
        ["--frame"] = "WxH",
        ["--regions"] = "CxR",
        ["--task"] = "model",
        ["--task-preset"] = "preset",
        ["--class-weights"] = "none|balanced",
        ["--device"] = "cpu|cuda",
        ["--precision"] = "format",
        ["--baseline"] = "strategy",
        ["--title"] = "text",
        ["--by"] = "name",
        ["--export"] = "file",
        ["--overlap"] = "share",
        ["--certificate"] = "file",
        ["--cluster"] = "host:port",
        ["--redis"] = "host:port",
        ["--cluster-name"] = "name",
        ["--tls-certificate"] = "file",
        ["--tls-authority"] = "file",
        ["--redis-authority"] = "file",
        ["--log"] = "level",
    };

    private readonly StringBuilder _text = new();
    private readonly int _width = Math.Clamp(width ?? TerminalWidth(), 40, 110);

    public override bool ClearsParseErrors => true;

    /// <summary>The option that prints it, for a root command.</summary>
    public static HelpOption Option() => new() { Action = new HelpText(), Description = "show this help" };

    public override int Invoke(ParseResult parseResult) => Print(parseResult.CommandResult.Command, parseResult);

    /// <summary>Prints the help of a command where the results of the parsed one go.</summary>
    public int Print(Command command, ParseResult parsed)
    {
        parsed.InvocationConfiguration.Output.Write(Of(command));
        return Run.Done;
    }

    /// <summary>The help of a command.</summary>
    public string Of(Command command)
    {
        _text.Clear();
        var own = command as VaalCommand;
        Heading("Description:");
        Wrapped(command.Description ?? "", 2);
        Heading("Usage:");
        Wrapped(Usage(command), 2);
        Rows("Arguments:", command.Arguments.Select(a => ($"<{a.Name}>", Explained(a.Description, Default(a)))));
        foreach (var (heading, commands) in Subcommands(command))
            Rows(heading, commands.Select(c => (c.Name, c.Description ?? "")));
        Option[] options = [.. command.Options, .. Inherited(command)];
        Rows("Options:", options.Where(o => own?.Advanced.Contains(o) != true).Select(Row));
        Rows("Advanced options:", options.Where(o => own?.Advanced.Contains(o) == true).Select(Row));
        if (own?.Examples is { Count: > 0 } examples)
        {
            Heading("Examples:");
            foreach (var example in examples) Example(example);
        }
        return _text.ToString();
    }

    private static IEnumerable<Option> Inherited(Command command) => command.Parents.OfType<Command>()
        .SelectMany(parent => parent.Options.Where(o => o.Recursive).Concat(Inherited(parent)));

    private static IEnumerable<(string Heading, IEnumerable<Command> Commands)> Subcommands(Command command)
    {
        var shown = command.Subcommands.Where(c => !c.Hidden).ToList();
        if (command is not VaalCommand { Groups: { Count: > 0 } groups }) return [("Commands:", shown)];
        return groups.Select(g => (g.Heading, g.Names.Select(name => shown.Single(c => c.Name == name))));
    }

    private static string Usage(Command command)
    {
        string[] parts =
        [
            VaalCommand.Typed(command),
            .. command.Subcommands.Any(c => !c.Hidden) ? ["<command>"] : Array.Empty<string>(),
            .. command.Arguments.Select(Usage),
            "[options]",
        ];
        return string.Join(' ', parts);
    }

    private static string Usage(Argument argument)
    {
        var many = argument.Arity.MaximumNumberOfValues > 1 ? "..." : "";
        return argument.Arity.MinimumNumberOfValues > 0 && !argument.HasDefaultValue
            ? $"<{argument.Name}>{many}" : $"[<{argument.Name}>{many}]";
    }

    private static (string Name, string Description) Row(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name)
            .Where(n => n[0] == '-' && n != "-?").Distinct().OrderBy(n => n.Length));
        return (names + Value(option), Explained(option.Description, option.Required ? "required" : Default(option)));
    }

    /// <summary>What stands behind its name: <c> &lt;n&gt;</c>; nothing for a switch.</summary>
    public static string Value(Option option) => option.HelpName is { } given ? $" <{given}>"
        : option.ValueType == typeof(bool) || option is HelpOption or VersionOption ? ""
        : option.ValueType == typeof(bool?) ? " [true|false]"
        : Named(option.ValueType) is { } values ? $" <{values}>"
        : IsNumber(option.ValueType) ? " <n>"
        : $" <{_kinds.GetValueOrDefault(option.Name) ?? option.Name.TrimStart('-')}>";

    private static bool IsNumber(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type)
        is TypeCode.Int32 or TypeCode.Int64 or TypeCode.Double or TypeCode.Decimal && !type.IsEnum;

    private static string? Named(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } names
        ? string.Join('|', Enum.GetNames(names).Select(n => n.ToLowerInvariant())) : null;

    private static string Explained(string? description, string? more) =>
        more is null ? description ?? "" : $"{description} [{more}]";

    private static string? Default(Option option) =>
        option.HasDefaultValue && option.ValueType != typeof(bool) ? InWords(option.GetDefaultValue()) : null;

    private static string? Default(Argument argument) =>
        argument.HasDefaultValue ? InWords(argument.GetDefaultValue()) : null;

    private static string? InWords(object? value) => value switch
    {
        null or "" or Array => null,
        Enum name => $"default: {name.ToString().ToLowerInvariant()}",
        _ => string.Create(CultureInfo.InvariantCulture, $"default: {value}"),
    };

    private void Rows(string heading, IEnumerable<(string Name, string Description)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0) return;
        Heading(heading);
        var column = _width < NarrowestColumns ? 0 : all.Max(r => r.Name.Length <= WidestName ? r.Name.Length : 0) + 4;
        foreach (var (name, description) in all)
        {
            _text.Append("  ").Append(name);
            if (column == 0 || name.Length + 4 > column) _text.Append('\n');
            else _text.Append(' ', column - 2 - name.Length);
            Wrapped(description, column == 0 ? 6 : column, begun: column > 0 && name.Length + 4 <= column);
        }
    }

    private void Heading(string heading) => _text.Append(_text.Length > 0 ? "\n" : "").Append(heading).Append('\n');

    // what it does stands below the command where both do not fit on a line
    private void Example(string example)
    {
        var (command, what) = example.Split('#', 2) is [var first, var second]
            ? (first.TrimEnd(), second) : (example, "");
        if (example.Length + 2 <= _width) _text.Append($"  {example}\n");
        else
        {
            if (what.Length > 0) Wrapped("#" + what, 2);
            _text.Append($"  {command}\n");
        }
    }

    private void Wrapped(string text, int indent, bool begun = false)
    {
        var left = begun ? _width - indent : 0;
        foreach (var word in text.Split(' '))
        {
            if (begun && left < word.Length + 1)
            {
                _text.Append('\n');
                begun = false;
            }
            if (!begun)
            {
                _text.Append(' ', indent).Append(word);
                left = _width - indent - word.Length;
                begun = true;
                continue;
            }
            var gap = _text[^1] is ' ' or '\n' ? "" : " ";
            _text.Append(gap).Append(word);
            left -= word.Length + gap.Length;
        }
        _text.Append('\n');
    }

    private static int TerminalWidth()
    {
        if (Console.IsOutputRedirected) return 100;
        try { return Console.WindowWidth; }
        catch (IOException) { return 80; }
    }
}
