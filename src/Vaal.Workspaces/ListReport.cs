using System.Text.Json;

namespace Vaal.Workspaces;

/// <summary>A list that is for people or programs to read: its JSON is that of the rows.</summary>
internal sealed class ListReport(object rows, IReadOnlyList<TextBlock> text) : Report
{
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => text;

    public override string ToJson() => JsonSerializer.Serialize(rows, Json.Options);
}
