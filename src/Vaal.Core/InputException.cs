namespace Vaal;

/// <summary>
/// What the user gave cannot be used. The message is one line: what was found, what was wanted, what to do.
/// The command line prints it without a stack trace and ends with exit code 1.
/// </summary>
public class InputException(string message, Exception? inner = null) : Exception(OneLine(message), inner)
{
    // what another library says of a file quotes the file, line breaks and all
    private static string OneLine(string text) =>
        string.Join(
            ' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
