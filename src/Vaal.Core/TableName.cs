namespace Vaal;

/// <summary>Names in the tables of strategies, encoders and formats.</summary>
internal static class TableName
{
    /// <exception cref="ArgumentException">the name is empty or has other characters than a-z, 0-9 and '-'</exception>
    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-'))
            throw new ArgumentException(
                $"expected lower-case letters, digits and hyphens, found '{name}'", nameof(name));
    }

    /// <exception cref="ArgumentException">the description has a line break or another control character</exception>
    public static void CheckLine(string description)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (description.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029'))
            throw new ArgumentException(
                "expected a description of one line, found a line break or another control character",
                nameof(description));
    }

    public static ArgumentException Taken(string name) =>
        new($"expected a new name, found '{name}', which is taken", nameof(name));
}
