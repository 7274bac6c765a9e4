using System.CommandLine;
using System.CommandLine.Help;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

/// <summary>What cannot be parsed is said in our words, in every command.</summary>
public sealed class ParseWordsTests
{
    private static readonly Command Root = RootOf.Vaal(default);

    public static TheoryData<string> Commands =>
        [.. All(Root).Where(c => c is { Hidden: false, Subcommands.Count: 0 }).Select(VaalCommand.Typed)];

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];

    private static string[] Lines(string typed, params string[] more)
    {
        var error = new StringWriter { NewLine = "\n" };
        Assert.Equal(1, Run.Parse([.. typed.Split(' ')[1..], .. more], Root, error));
        var lines = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"run '{typed} --help' for help", lines[^1]);
        Assert.All(lines[..^1], l => Assert.StartsWith("vaal: ", l, StringComparison.Ordinal));
        return [.. lines[..^1].Select(l => l[6..])];
    }

    [Theory, MemberData(nameof(Commands))]
    public void Parse_AnyOptionOfAnyCommandWithoutItsValue_SaysThatItNeedsOne(string typed)
    {
        foreach (var option in Options(typed).Where(o => o.Arity.MinimumNumberOfValues > 0))
        {
            Assert.Contains($"{option.Name} needs a value: {option.Name}{HelpText.Value(option)}",
                Lines(typed, option.Name));
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void Parse_AnyNumberOfAnyCommandThatIsNone_SaysWhatIsExpected(string typed)
    {
        foreach (var option in Options(typed).Where(o => HelpText.Value(o) == " <n>"))
            foreach (var wrong in new[] { "much", "", "1e", "99999999999999999999x" })
                Assert.Contains(Lines(typed, option.Name, wrong), l => l == $"{option.Name}: expected a whole number, "
                    + $"found '{wrong}'" || l == $"{option.Name}: expected a number, found '{wrong}'");
    }

    [Theory, MemberData(nameof(Commands))]
    public void Parse_AnyOptionOfAnyCommandTwice_SaysSo(string typed)
    {
        foreach (var option in Options(typed).Where(o => o.Arity is
        {
            MinimumNumberOfValues: 1,
            MaximumNumberOfValues: 1
        }))
            Assert.Contains($"expected {option.Name} once, found it 2 times",
                Lines(typed, option.Name, "1", option.Name, "1"));
    }

    [Theory]
    [InlineData("--device: expected one of cpu, cuda, found 'tpu'", "train", "--device", "tpu")]
    [InlineData("--seed: expected a smaller whole number, found '99999999999999999999'",
        "train", "--seed", "99999999999999999999")]
    [InlineData("--what: expected one of picks, labelled, unlabelled, test, all, found 'pics'",
        "export", "--what", "pics")]
    [InlineData("<number>: expected a whole number, found 'first'", "undo", "first")]
    [InlineData("<shell>: expected one of bash, zsh, fish, powershell, found 'tcsh'", "completion", "tcsh")]
    [InlineData("'vaal simulate' needs --out <folder>", "simulate", "--data", "embedded")]
    [InlineData("'vaal import' needs <path>", "import")]
    [InlineData("'vaal classes merge' needs <name> <name>", "classes merge", "Kiwi")]
    [InlineData("'vaal status' does not know what 'now' is for", "status", "now")]
    [InlineData("'vaal init' does not know what 'maybe' is for", "init", "photos", "--yes=maybe")]
    [InlineData("--without-classes: expected a whole number, found 'cat'",
        "simulate", "--data", "d", "--out", "o", "--without-classes", "cat")]
    public void Parse_WhatCannotBe_SaysWhatIsExpectedAndWhatWasFound(string problem, params string[] args) =>
        Assert.Contains(problem, Lines($"vaal {args[0]}", args[1..]));

    private static IEnumerable<Option> Options(string typed) =>
        All(Root).Single(c => VaalCommand.Typed(c) == typed).Options.Where(o => o is not HelpOption);
}
