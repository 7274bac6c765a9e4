namespace Vaal.Training;

/// <summary>How well a task model did on all test images of a round.</summary>
/// <param name="Measure">0..1, as <see cref="Vaal.Data.LabelForm.Measure"/> names it</param>
internal sealed record RoundScores(double Measure)
{
    /// <summary>More of masks; null where labels are something else.</summary>
    public MaskScores? Masks { get; init; }

    /// <summary>More of several labels an image; null where labels are something else.</summary>
    public MultiLabelMeans? MultiLabel { get; init; }
}

/// <summary>How well several labels an image were predicted, each 0..1.</summary>
/// <param name="MeanAp">mean average precision over the classes that some test image has</param>
/// <param name="MacroF1">mean F1 of the classes; a class is predicted if its probability is at least one half</param>
/// <param name="ClassAp">of each class; NaN of one that no test image has</param>
internal sealed record MultiLabelMeans(double MeanAp, double MacroF1, IReadOnlyList<double> ClassAp);
