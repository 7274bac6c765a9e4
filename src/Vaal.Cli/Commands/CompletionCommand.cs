using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary>
/// <c>vaal completion SHELL</c> prints a script that completes commands, options and names. The script calls the hidden
/// command <c>vaal complete</c> with what is typed so far.
/// </summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _vaal() {
                local IFS=$'\n'
                COMPREPLY=($(vaal complete "$COMP_POINT" -- "$COMP_LINE" 2>/dev/null))
            }
            complete -o default -F _vaal vaal
            """,
        ["zsh"] = """
            #compdef vaal
            _vaal() {
                local line="${(j: :)words[1,CURRENT]}"
                local -a names=("${(@f)$(vaal complete ${#line} -- "$line" 2>/dev/null)}")
                names=(${names:#})
                if (( ${#names} )); then compadd -- "${names[@]}"; else _files; fi
            }
            compdef _vaal vaal
            """,
        ["fish"] = """
            function _vaal
                set -l line (commandline -cp)
                vaal complete (string length -- "$line") -- "$line" 2>/dev/null
            end
            complete -c vaal -a '(_vaal)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName vaal -ScriptBlock {
                param($word, $tree, $position)
                $line = "$tree".PadRight($position)
                vaal complete $position -- "$line" | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Scripts.Keys) };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command =
            new VaalCommand("completion", "print a script that lets your shell complete vaal's commands and options",
        [
            "vaal completion bash >> ~/.bashrc",
            "vaal completion zsh > \"${fpath[1]}/_vaal\"",
            "vaal completion fish > ~/.config/fish/completions/vaal.fish",
            "vaal completion powershell >> $PROFILE",
        ])
        { shell };
        command.SetAction(parsed =>
        {
            Output.Line(Scripts[parsed.GetValue(shell)!].ReplaceLineEndings("\n"));
            return Run.Done;
        });
        return command;
    }

    /// <summary>What may stand at a position of a command line, one a line.</summary>
    /// <param name="root">all commands</param>
    public static Command Hidden(Func<Command> root)
    {
        var position = new Argument<int>("position");
        var line = new Argument<string>("line");
        var command = new VaalCommand("complete", "what may stand at a position of a command line", [])
        {
            position, line,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var typed = parsed.GetValue(line)!;
            var at = Math.Clamp(parsed.GetValue(position), 0, typed.Length);
            foreach (var name in Names(root(), typed[..at])) Output.Line(name);
            return Run.Done;
        });
        return command;
    }

    private static IEnumerable<string> Names(Command root, string typed)
    {
        var word = typed[(typed.LastIndexOf(' ') + 1)..];
        return root.Parse(typed).GetCompletions(typed.Length).Select(c => InHelp(c.Label))
            .Where(name => name.StartsWith(word, StringComparison.Ordinal)
                && name is not ("-?" or "-h" or "/?" or "/h"))
            .Distinct();
    }

    // the parser offers members of enums as .NET writes them; help and documents write them in lower case
    private static string InHelp(string label) =>
        label.Length > 0 && char.IsAsciiLetterUpper(label[0]) ? label.ToLowerInvariant() : label;
}
