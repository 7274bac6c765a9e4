using System.CommandLine;
using System.Text.RegularExpressions;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

public sealed class HelpTextTests
{
    private static readonly Command Root = RootOf.Vaal(default);

    public static TheoryData<string> Commands =>
        [.. All(Root).Where(c => !c.Hidden).Select(VaalCommand.Typed)];

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];

    private static Command Named(string typed) => All(Root).Single(c => VaalCommand.Typed(c) == typed);

    [Theory, MemberData(nameof(Commands))]
    public void Help_AnyCommand_HasExamplesThatParse(string typed)
    {
        var command = Named(typed);
        var help = new HelpText(100).Of(command);
        var examples = Assert.IsType<VaalCommand>(command).Examples;
        Assert.NotEmpty(examples);
        Assert.Contains("Examples:\n", help);
        foreach (var example in examples)
        {
            var line = example.Split('#')[0].Split('>')[0].Trim();
            Assert.Contains(line, help);
            Assert.Empty(Root.Parse(line).Errors);
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public void Help_AnyWidth_NoLineIsLongerThanTheTerminal(string typed)
    {
        foreach (var width in new[] { 60, 80, 110 })
            Assert.All(new HelpText(width).Of(Named(typed)).Split('\n'), line =>
                Assert.True(line.Length <= width || line.Trim().StartsWith("vaal ", StringComparison.Ordinal), line));
    }

    [Fact]
    public void Help_OfNext_KeepsAdvancedOptionsApart()
    {
        var parts = Regex.Split(new HelpText(100).Of(Named("vaal next")), "\n(?=[A-Z][a-z ]+:\n)");
        var basic = Assert.Single(parts, p => p.StartsWith("Options:", StringComparison.Ordinal));
        var advanced = Assert.Single(parts, p => p.StartsWith("Advanced options:", StringComparison.Ordinal));
        Assert.Contains("-n, --budget <n>", basic);
        Assert.Contains("-h, --help", basic);
        Assert.Contains("--lambda2 <n>", advanced);
        Assert.DoesNotContain("--lambda2", basic);
        Assert.True(parts.Sum(p => p.Length) < 7_000);
    }

    [Fact]
    public void Help_OfVaal_HasEveryCommandInAGroup()
    {
        var help = new HelpText(100).Of(Root);
        Assert.All(Root.Subcommands.Where(c => !c.Hidden), c => Assert.Matches($@"\n  {c.Name} +[a-z]", help));
        Assert.DoesNotContain("\n  complete ", help);
    }

    [Theory]
    [InlineData("help", "vaal")]
    [InlineData("help next", "vaal next")]
    [InlineData("help data fetch", "vaal data fetch")]
    public void HelpCommand_WithNames_PrintsTheHelpOfThatCommand(string typed, string command) =>
        Assert.Equal((0, new HelpText().Of(Named(command))), Printed(typed));

    [Theory]
    [InlineData("help nxt", "'vaal' has no command 'nxt'; did you mean 'next'?")]
    [InlineData("help data fetsh", "'vaal data' has no command 'fetsh'; did you mean 'fetch'?")]
    [InlineData("help next images", "'vaal next' has no command 'images'; run 'vaal next --help' for help")]
    public void HelpCommand_WithAnotherName_SaysWhichIsNear(string typed, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => Printed(typed)).Message);

    private static (int ExitCode, string Out) Printed(string typed)
    {
        var writer = new StringWriter();
        var code = Root.Parse(typed).Invoke(new() { Output = writer, EnableDefaultExceptionHandler = false });
        return (code, writer.ToString());
    }

    [Fact]
    public void Options_SameName_MeansTheSameInEveryCommand()
    {
        var described =
            All(Root).SelectMany(c => c.Options).Where(o => o.Name is "--epochs" or "--task"
                or "--task-epochs" or "--task-min-iterations")
            .GroupBy(o => o.Name, o => o.Description);
        Assert.All(described, d => Assert.Single(d.Distinct()));
        Assert.DoesNotContain("--epochs", Named("vaal train").Options.Select(o => o.Name));
    }
}
