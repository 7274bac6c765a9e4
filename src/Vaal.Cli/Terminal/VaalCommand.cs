using System.CommandLine;

namespace Vaal.Cli.Terminal;

/// <summary>A command whose help shows examples, and the options that few people need in a group of their
/// own.</summary>
internal sealed class VaalCommand : Command
{
    /// <param name="examples">command lines, each with what it does after a <c>#</c></param>
    /// <param name="advanced">options that help lists last</param>
    public VaalCommand(string name, string description, string[] examples, params IReadOnlyList<Option> advanced)
        : base(name, description)
    {
        (Examples, Advanced) = (examples, advanced);
        foreach (var option in advanced) Options.Add(option);
    }

    public IReadOnlyList<string> Examples { get; }

    public IReadOnlyList<Option> Advanced { get; }

    /// <summary>Headings of groups of subcommands, each with the names in it; empty: one list.</summary>
    public IReadOnlyList<(string Heading, string[] Names)> Groups { get; init; } = [];

    /// <summary>As it is typed: <c>vaal data fetch</c>.</summary>
    public static string Typed(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent
            ? $"{Typed(parent)} {command.Name}" : command.Name;
}
