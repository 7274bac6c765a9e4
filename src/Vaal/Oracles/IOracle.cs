namespace Vaal.Oracles;

/// <summary>Who gives the labels in a simulation.</summary>
public interface IOracle
{
    /// <summary>The class of an image, 0..K-1; asked twice, it answers the same. The data set's own gives -1 where the
    /// class is not known, or the label is a mask or a set of classes. A loop asks for one image after the other, on
    /// the thread that runs it; between two questions it can be cancelled.</summary>
    int Label(int id);
}
