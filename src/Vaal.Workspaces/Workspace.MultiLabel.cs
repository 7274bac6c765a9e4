using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>Several classes an image, as an option of the project.</summary>
public sealed partial class Workspace
{
    /// <summary>The value of the setting <c>labels</c> where an image may have several classes.</summary>
    internal const string Several = "several";

    /// <summary>An image may have several classes, or none of them; false: it has one.</summary>
    public bool IsMultiLabel => Setting("labels") == Several;

    /// <summary>What the label of an image as a whole is.</summary>
    internal LabelForm WholeLabels => IsMultiLabel ? LabelForm.Classes : LabelForm.Class;

    // one class and several are not the same labels: nobody can say what one class leaves open of the others
    private void CheckMultiLabel(bool several)
    {
        if (several == IsMultiLabel) return;
        var labelled = _db.Number("select count(*) from labels");
        if (labelled > 0)
            throw new InputException($"expected no labels where an image is to have {(several ? "several classes"
                : "one class")} from now on, found {labelled:N0}; make another workspace with --workspace");
    }

    /// <summary>Says it from now on.</summary>
    private void SetMultiLabel(bool several)
    {
        CheckMultiLabel(several);
        if (several) Set("labels", Several);
        else _db.Execute("delete from settings where name = 'labels'");
    }

    // a list of one class is that class where an image has one
    private LabelOperation Fitted(LabelOperation operation) => operation.Classes is null || IsMultiLabel ? operation
        : operation with { Class = operation.Classes.FirstOrDefault(), Classes = null };

    // what the decision says nothing about
    private static LabelOperation Kept(LabelOperation operation, LabelRow label) => operation.Part switch
    {
        LabelPart.Classes when operation.Classes is { } classes => operation with
        {
            Shapes = [.. label.Shapes.Where(s => s.Class is null || classes.Contains(s.Class))],
        },
        LabelPart.Shapes => operation with
        {
            Classes = [.. (operation.Classes ?? []).Concat(label.Classes.Except(
                label.Shapes.Select(s => s.Class).OfType<string>()))],
        },
        _ => operation,
    };

    // the same where an image has one class: it and the shapes complete each other
    private static LabelOperation KeptOne(LabelOperation operation, LabelRow label) => operation switch
    {
        { Part: LabelPart.Shapes } => operation with { Class = label.Class },
        { Part: LabelPart.Classes, Class: not null } => operation with { Shapes = label.Shapes },
        _ => operation,
    };

    /// <summary>The same by a person on the page.</summary>
    private void ChangeMultiLabel(bool several, string who)
    {
        if (several == IsMultiLabel) return;
        SetMultiLabel(several);
        _ledger.Begin("settings", new
        {
            before = several ? "one class an image" : "several classes an image",
            after = several ? "several classes an image" : "one class an image"
        }, who);
    }

    private static string SetOf(LabelOperation operation) =>
        SetOf(operation.Classes, operation.Class, LabelRow.JsonOf(operation.Shapes));

    // what a shape shows is in the image
    private static string SetOf(IReadOnlyList<string>? classes, string? @class, string? shapes) => ClassSet.ToJson(
        (classes ?? (@class is null ? [] : [@class]))
            .Concat(shapes is null ? [] : JsonLabels.ReadShapes(shapes).Select(s => s.Class).OfType<string>()));
}
