using System.Text.Json.Serialization;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>What a person does to an image.</summary>
internal enum LabelKind
{
    /// <summary>Gives it a class, shapes or both; neither: there is nothing in it.</summary>
    Label,

    /// <summary>Cannot say; the image is not offered again until somebody asks for such images.</summary>
    Unsure,

    /// <summary>No label makes sense; the image is never offered again.</summary>
    Unusable,

    /// <summary>Takes its label and its mark away.</summary>
    Clear,
}

/// <summary>What of a label a decision is about where an image may have several classes; the rest stays.</summary>
internal enum LabelPart
{
    All,

    /// <summary>The classes; shapes of a class that the image does not have any more go.</summary>
    Classes,

    /// <summary>The shapes, and with them the classes of which there was a shape.</summary>
    Shapes,
}

/// <summary>One image, one person's decision.</summary>
/// <param name="Op">tells this operation from any other: given twice, it counts once</param>
/// <param name="Image">id in the workspace</param>
internal sealed record LabelOperation(string Op, int Image, LabelKind Kind)
{
    public string? Class { get; init; }

    /// <summary>Where an image may have several classes; empty: none of them. Null: as <see cref="Class"/>
    /// says.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    public IReadOnlyList<Shape> Shapes { get; init; } = [];

    /// <summary>Where an image may have several classes: these join those that it has.</summary>
    public bool Add { get; init; }

    public LabelPart Part { get; init; }

    /// <summary>The class was suggested, and the person agreed.</summary>
    public bool Suggested { get; init; }

    /// <summary>It ends a disagreement: from now on this is the label, whatever else was said.</summary>
    public bool Settle { get; init; }

    /// <summary>Operations of one step are one action of the ledger and are taken back together; null: a step of its
    /// own.</summary>
    public string? Step { get; init; }

    /// <summary>How long the person looked at it, in milliseconds; null: not known.</summary>
    public int? Milliseconds { get; init; }
}

/// <summary>What became of an operation.</summary>
/// <param name="Entry">the ledger's entry that saved it; null: it was not saved</param>
/// <param name="Why">why it was not saved; null: it was</param>
internal sealed record OperationResult(string Op, long? Entry, string? Why)
{
    /// <summary>It had been saved before, and was sent again.</summary>
    public bool Again { get; init; }
}

/// <summary>An image that somebody looked at and gave no label.</summary>
/// <param name="Value"><c>unsure</c> or <c>unusable</c></param>
internal sealed record MarkRow(int Image, string Value, string Who, DateTimeOffset At);

/// <summary>What one person said of an image that two people label.</summary>
/// <param name="Class">null: nothing in it, or several</param>
internal sealed record Vote(string Who, string? Class)
{
    /// <summary>Where an image may have several classes, as a label keeps them; null: it has one.</summary>
    [JsonPropertyName("classes"), JsonConverter(typeof(RawJson))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SetJson { get; init; }

    [JsonIgnore]
    public IReadOnlyList<string> Classes =>
        SetJson is not null ? ClassSet.OfJson(SetJson) : Class is null ? [] : [Class];

    /// <summary>Whether a person may not see the label of an image. After one vote only its giver sees it. After more,
    /// those who voted, owners excepted, see it once an owner has settled; all others see it.</summary>
    public static bool HideLabel(List<Vote> votes, string who, bool owner, bool settled) =>
        votes.Count == 1 ? votes[0].Who != who : !owner && !settled && votes.Exists(v => v.Who == who);

    /// <summary>Equal where two people said the same.</summary>
    [JsonIgnore]
    public string Said => SetJson ?? Class ?? "";
}

/// <summary>What one person's undo took back.</summary>
/// <param name="Undone">the ledger's entry that was taken back</param>
/// <param name="Entry">the ledger's entry that says so</param>
/// <param name="Images">whose labels or marks changed</param>
internal sealed record StepUndone(long Undone, long Entry, string What, IReadOnlyList<int> Images);
