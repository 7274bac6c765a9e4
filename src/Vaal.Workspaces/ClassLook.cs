namespace Vaal.Workspaces;

/// <summary>How a class looks on the page.</summary>
/// <param name="Color">as <c>#rrggbb</c>; null: the page chooses</param>
/// <param name="Key">the key that gives the class; null: the page chooses</param>
internal sealed record ClassLook(string? Color, string? Key);

/// <summary>What the looks were before a change of the classes and after it, by name.</summary>
internal sealed record LookChange(
    IReadOnlyDictionary<string, ClassLook> Before, IReadOnlyDictionary<string, ClassLook> After);
