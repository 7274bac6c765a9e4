namespace Vaal.Data.Learning;

/// <summary>Looks for wrong labels. A workspace asks it; <c>LabelReviewer</c> in the package Vaal implements
/// it.</summary>
public interface IReviewer
{
    /// <summary>The most suspected first. Test images and folder of the request are not used.</summary>
    /// <exception cref="InputException">there are no features, or too few labels</exception>
    internal IReadOnlyList<SuspectLabel> Review(TrainRequest request);
}
