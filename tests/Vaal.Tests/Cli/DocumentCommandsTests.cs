using System.CommandLine;
using System.Text.RegularExpressions;
using Vaal.Cli.Commands;

namespace Vaal.Tests.Cli;

/// <summary>The documents name commands and options that there are.</summary>
public sealed partial class DocumentCommandsTests
{
    /// <summary>Options of <c>deploy/local/check</c>.</summary>
    private static readonly string[] _ofOthers = ["--one", "--folder"];

    private static readonly Command Root = RootOf.Vaal(default);

    /// <summary>What is not of this version: commands of measurements are kept as they were run.</summary>
    private static IEnumerable<(string Page, string Text)> Pages() =>
        from page in Repository.Documents()
        where page is not ("CHANGELOG.md" or "CONTRIBUTING.md")
            && !page.StartsWith(Path.Combine("docs", "results"), StringComparison.Ordinal)
        select (page, File.ReadAllText(Path.Combine(Repository.Root, page)));

    [Fact]
    public void CodeBlocks_CommandLines_Parse()
    {
        string[] lines =
        [
            .. from page in Pages()
               from Match block in Block().Matches(page.Text)
               from line in block.Groups[1].Value.Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
               from part in line.Split('#')[0].Split("&&")
               where part.Trim().StartsWith("vaal ", StringComparison.Ordinal)
               select part.Trim(),
        ];
        Assert.True(lines.Length > 45, $"found {lines.Length} lines");
        Assert.Equal([], lines.SelectMany(l => Root.Parse(l).Errors.Select(e => $"{l}: {e.Message}")));
    }

    [Fact]
    public void InlineCode_CommandsAndOptions_AreThere()
    {
        var all = All(Root).SelectMany(Names).ToHashSet();
        string[] faults =
        [
            .. from page in Pages()
               from Match code in Inline().Matches(Block().Replace(page.Text, ""))
               let words = code.Groups[1].Value.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
               let wrong = words switch
               {
                   ["vaal", var name, ..] when char.IsAsciiLetterLower(name[0]) => Wrong(words),
                   [var option, ..] when option.StartsWith("--", StringComparison.Ordinal) && option.Length > 2 =>
                       all.Contains(option) || _ofOthers.Contains(option) ? null : option,
                   _ => null,
               }
               where wrong is not null
               select $"{page.Page}: {code.Groups[1].Value}: {wrong}",
        ];
        Assert.Equal([], faults);
    }

    /// <summary>The first word that is no command, or no option of the command; null: there is none.</summary>
    private static string? Wrong(string[] words)
    {
        var (command, at) = (Root, 1);
        while (at < words.Length && command.Subcommands.FirstOrDefault(c => c.Name == words[at]) is { } below)
            (command, at) = (below, at + 1);
        return command == Root ? words[1]
            : words.Skip(at).FirstOrDefault(w => w.StartsWith("--", StringComparison.Ordinal)
                && !Names(command).Contains(w));
    }

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];

    private static IEnumerable<string> Names(Command command) =>
        command.Options.Concat(Root.Options).SelectMany(o => o.Aliases.Append(o.Name));

    [GeneratedRegex(@"```\w*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Inline();
}
