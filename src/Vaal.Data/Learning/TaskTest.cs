namespace Vaal.Data.Learning;

/// <summary>How well a task model did on the test images.</summary>
/// <param name="Correct">test images whose class it got right; null where labels are something else</param>
/// <param name="Masks">how well it predicted the masks; null where labels are something else</param>
internal sealed record TaskTest(int? Correct, MaskTest? Masks)
{
    /// <summary>How well it predicted several labels an image; null where labels are something else.</summary>
    public MultiLabelTest? MultiLabel { get; init; }

    /// <summary>Labelled images that it learned from; null: all that were asked for.</summary>
    public int? Learned { get; init; }

    /// <summary>What the user should know about the training; null: nothing.</summary>
    public string? Note { get; init; }
}
