using System.Globalization;

namespace Vaal.Bench;

/// <summary>What a bench is told on its command line: numbers by place, options by name.</summary>
internal static class Arguments
{
    public static int Number(this string[] args, int at) => int.Parse(args.Text(at), CultureInfo.InvariantCulture);

    public static string Text(this string[] args, int at) =>
        args.Length > at ? args[at] : throw new InputException($"{args.Length} arguments are given; more are wanted");

    public static int Number(this string[] args, int at, int otherwise) =>
        args.Length > at ? args.Number(at) : otherwise;

    /// <summary>What follows <paramref name="name"/>; null where it is not given.</summary>
    public static string? Option(this string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0
            ? at + 1 < args.Length
            ? args[at + 1]
            : throw new InputException($"{name} wants a value")
            : null;

    public static int? NumberOption(this string[] args, string name) =>
        args.Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
