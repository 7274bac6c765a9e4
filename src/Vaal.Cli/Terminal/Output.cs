using System.Text.Json;

namespace Vaal.Cli.Terminal;

/// <summary>
/// The only way to standard output and standard error: nothing that is printed here can control the terminal.
/// Results go to standard output, and nothing else does.
/// </summary>
internal static class Output
{
    public static TextWriter Out { get; } = new VisibleWriter(Console.Out);

    public static TextWriter Error { get; } = new VisibleWriter(Console.Error);

    /// <summary>Ends the live progress, so that results do not run into its bars; null: there is none.</summary>
    public static Action? BeforeResults { get; set; }

    /// <summary>Whether a person sits at the terminal and can answer a question.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Asks on standard error; anything but a no is a yes.</summary>
    /// <param name="stop">ends the wait for an answer</param>
    /// <param name="read">gives the answer; null: a line from the terminal</param>
    /// <exception cref="OperationCanceledException">stopped before the answer came</exception>
    public static bool Asked(string question, CancellationToken stop, Func<string?>? read = null)
    {
        Error.Write(question);
        Error.Flush();
        // no token ends a read from the terminal: it is left alone, and ends with the process
        return Task.Run(read ?? Console.ReadLine, stop).WaitAsync(stop).GetAwaiter().GetResult() is { } answer
            && !answer.TrimStart().StartsWith('n') && !answer.TrimStart().StartsWith('N');
    }

    /// <summary>A line of results.</summary>
    public static void Line(string text = "")
    {
        BeforeResults?.Invoke();
        Out.WriteLine(text);
    }

    /// <summary>What an action came to: as JSON, or its lines and tables.</summary>
    public static void Print(Report report, bool json, bool verbose = false)
    {
        if (json)
        {
            BeforeResults?.Invoke();
            Out.WriteLine(report.ToJson());
        }
        else Print(report.Text(verbose));
    }

    public static void Print(IEnumerable<TextBlock> text)
    {
        foreach (var block in text)
        {
            if (block.Line is { } line) Line(line);
            else new Table(block.Rows).Print();
        }
    }

    /// <summary>One line of JSON: camelCase, doubles that read back as they were, NaN as null.</summary>
    public static void Json<T>(T value, TextWriter? writer = null)
    {
        BeforeResults?.Invoke();
        (writer ?? Out).WriteLine(JsonSerializer.Serialize(value, Vaal.Json.Options));
    }
}
