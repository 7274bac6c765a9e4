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

    public static ArgumentException Taken(string name) =>
        new($"expected a new name, found '{name}', which is taken", nameof(name));
}
