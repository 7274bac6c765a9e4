namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private const int MostNamed = 3;

    /// <summary>How much of the pool looked like nothing that had a label when the last ranking was made, in words,
    /// with examples; null: nothing could be shown, or nobody looked.</summary>
    private string? UnlikeWords(string? health) => health is not null
        && RankingHealth.Parse(health).Unlike is { } unlike
        ? unlike.Words([.. StillUnlabelled(unlike).Select(i => i.Path).Take(MostNamed)])
        : null;

    /// <summary>The examples that are still there without a label: numbers and paths.</summary>
    internal IReadOnlyList<(ImageNumber Image, string Path)> StillUnlabelled(UnlikeShare unlike) =>
        [.. unlike.Examples.SelectMany(image => _db.Query(
            "select path from images where id = $1 and state = 'ok' and id not in (select image from labels)",
            r => (image, r.GetString(0)), (int)image))];
}
