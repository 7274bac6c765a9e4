namespace Vaal.Workspaces;

/// <summary>Somebody who may label on the page.</summary>
/// <param name="Role"><c>owner</c> or <c>labeller</c></param>
/// <param name="Invited">has an invitation that was not used yet</param>
internal sealed record AnnotatorRow(int Id, string Name, string Role, DateTimeOffset Added, bool Invited);
