namespace Vaal.Workspaces;

/// <summary>Somebody who may label on the page.</summary>
public sealed class AnnotatorRow
{
    internal AnnotatorRow(int id, string name, string role, DateTimeOffset added, bool invited) =>
        (Id, Name, Role, Added, Invited) = (id, name, role, added, invited);

    public int Id { get; internal init; }

    public string Name { get; internal init; }

    /// <summary><c>owner</c> or <c>labeller</c>.</summary>
    public string Role { get; internal init; }

    public DateTimeOffset Added { get; internal init; }

    /// <summary>Has an invitation that was not used yet.</summary>
    public bool Invited { get; internal init; }
}
