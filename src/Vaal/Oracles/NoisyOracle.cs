using Vaal.Data;
using Vaal.Training;

namespace Vaal.Oracles;

/// <summary>Tells the truth except, with a given probability, another class drawn uniformly.</summary>
public sealed class NoisyOracle : IOracle
{
    private readonly ImageSet _images;
    private readonly int _classes;
    private readonly double _rate;
    private readonly long _seed;

    /// <param name="classes">K, at least 2</param>
    /// <param name="rate">probability of a wrong answer, 0..1</param>
    public NoisyOracle(ImageSet images, int classes, double rate, long seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (classes < 2) throw new InputException($"a noisy oracle needs at least 2 classes; there are {classes}");
        if (!(rate is >= 0 and <= 1)) throw new InputException($"noise is {rate}; it must be 0..1");
        (_images, _classes, _rate, _seed) = (images, classes, rate, seed);
    }

    public int Label(int id)
    {
        var random = new Random((int)Seeds.Derive(_seed, "noisy oracle", id));
        var truth = _images.Classes[id];
        return random.NextDouble() < _rate ? (truth + 1 + random.Next(_classes - 1)) % _classes : truth;
    }
}
