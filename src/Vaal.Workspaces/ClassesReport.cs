using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What a change of the classes did.</summary>
public sealed class ClassesReport : Report
{
    internal ClassesReport(long entry, int images, IReadOnlyList<string> classes) =>
        (Entry, Images, Classes) = (entry, images, classes);

    /// <summary>Number in the ledger, for <see cref="Workspace.Undo"/>.</summary>
    [JsonInclude]
    internal long Entry { get; }

    /// <summary>Images whose label changed.</summary>
    [JsonInclude]
    internal int Images { get; }

    /// <summary>The declared classes now.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        TextBlock.Of($"#{Entry}: {Counted.Of(Images, "label")} changed; 'vaal undo' takes it back"),
        .. Classes.Count > 0 ? [TextBlock.Of($"declared: {string.Join(", ", Classes)}")] : Array.Empty<TextBlock>(),
    ];

    /// <summary>Classes with their labelled images in the pool and the test set.</summary>
    internal static TextBlock Table(IEnumerable<ClassCount> classes, IReadOnlyList<string> declared)
    {
        var marked = declared.Count > 0;
        string[] columns = ["class", "pool", "test"];
        return TextBlock.Table(marked ? [.. columns, "declared"] : columns, classes.Select(Cells));

        string[] Cells(ClassCount c)
        {
            string[] cells =
            [
                c.Class, c.Pool.ToString(CultureInfo.InvariantCulture), c.Test.ToString(CultureInfo.InvariantCulture),
            ];
            return marked ? [.. cells, declared.Contains(c.Class) ? "yes" : "no"] : cells;
        }
    }
}
