using System.Text.Json.Serialization;

namespace Vaal.Data.Learning;

/// <summary>How well several classes an image were predicted on the test set.</summary>
public sealed class MultiLabelTest
{
    [JsonConstructor]
    internal MultiLabelTest(Interval meanAp, Interval macroF1, IReadOnlyList<ClassAp> classes) =>
        (MeanAp, MacroF1, Classes) = (meanAp, macroF1, classes);

    /// <summary>Mean average precision over the classes that a test image has, 0..1, with a 95% interval: what it comes
    /// to where the test images are drawn again with replacement (2,000 times).</summary>
    [JsonInclude]
    internal Interval MeanAp { get; init; }

    /// <summary>Mean F1 of the classes, 0..1, with such an interval; a class is predicted if its probability is at
    /// least one half.</summary>
    public Interval MacroF1 { get; internal init; }

    public IReadOnlyList<ClassAp> Classes { get; internal init; }
}

/// <summary>Average precision and F1 of a class, 0..1; NaN of one that no test image has.</summary>
public sealed class ClassAp
{
    [JsonConstructor]
    internal ClassAp(string @class, double ap, double f1) =>
        (Class, Ap, F1) = (@class, ap, f1);

    public string Class { get; internal init; }

    public double Ap { get; internal init; }

    public double F1 { get; internal init; }
}
