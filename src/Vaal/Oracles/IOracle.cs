namespace Vaal.Oracles;

/// <summary>Who gives the labels in a simulation.</summary>
public interface IOracle
{
    /// <summary>The class of an image, 0..K-1, or -1 where its label is its mask or its set of classes; asked twice, it
    /// answers the same.</summary>
    int Label(int id);
}
