namespace Vaal;

/// <summary>
/// What the user gave cannot be used. The message is one line: what was found, what was wanted, what to do.
/// The command line prints it without a stack trace and ends with exit code 1.
/// </summary>
public class InputException(string message, Exception? inner = null) : Exception(OneLine(message), inner)
{
    /// <summary>Throws one with all problems, if there are any.</summary>
    internal static void ThrowIfAny(IEnumerable<string> problems)
    {
        if (problems.ToList() is { Count: > 0 } found) throw new InputException(string.Join("; ", found));
    }

    // what another library says of a file quotes the file, line breaks and all
    private static string OneLine(string text) =>
        string.Join(
            ' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
