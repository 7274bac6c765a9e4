namespace Vaal.Data.Learning;

/// <summary>How well several classes an image were predicted on the test set.</summary>
/// <param name="MeanAp">mean average precision over the classes that a test image has, 0..1, with a 95% interval: what
/// it comes to where the test images are drawn again with replacement (2,000 times)</param>
/// <param name="MacroF1">mean F1 of the classes, 0..1, with such an interval; a class is predicted if its probability
/// is at least one half</param>
internal sealed record MultiLabelTest(Interval MeanAp, Interval MacroF1, IReadOnlyList<ClassAp> Classes);

/// <summary>Average precision and F1 of a class, 0..1; NaN of one that no test image has.</summary>
internal sealed record ClassAp(string Class, double Ap, double F1);
