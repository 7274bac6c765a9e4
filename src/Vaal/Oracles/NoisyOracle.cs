using Vaal.Data;

namespace Vaal.Oracles;

/// <summary>
/// Tells the truth except, with a given probability, another class drawn uniformly: any other, or, as in the paper's
/// study on CIFAR-100 (section 4.5), another of the same super-class, which a person confuses more easily.
/// </summary>
internal sealed class NoisyOracle : IOracle
{
    private readonly ImageSet _images;
    private readonly int[][] _wrong;                                               // by class: what it can be taken for
    private readonly double _rate;
    private readonly long _seed;

    /// <param name="classes">K, at least 2</param>
    /// <param name="rate">probability of a wrong answer, 0..1</param>
    /// <param name="superClasses">of each class, where wrong answers stay within it; null: any other class</param>
    public NoisyOracle(ImageSet images, int classes, double rate, long seed, IReadOnlyList<int>? superClasses = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (classes < 2) throw new InputException($"a noisy oracle needs at least 2 classes; there are {classes}");
        if (!(rate is >= 0 and <= 1)) throw new InputException($"noise is {rate}; it must be 0..1");
        if (superClasses is not null && superClasses.Count != classes)
            throw new InputException(
                $"{superClasses.Count} super-classes for {classes} classes; a noisy oracle within super-classes " +
                $"needs one for each");
        int[] all = [.. Enumerable.Range(0, classes)];
        _wrong = [
            .. all.Select(
                c => all.Where(o => o != c && (superClasses is null || superClasses[o] == superClasses[c])).ToArray())];
        if (Array.FindIndex(_wrong, w => w.Length == 0) is var alone and >= 0)
            throw new InputException(
                $"class {alone} is alone in its super-class; a wrong answer needs another class there");
        (_images, _rate, _seed) = (images, rate, seed);
    }

    public int Label(int id)
    {
        var random = new Random((int)Seeds.Derive(_seed, "noisy oracle", id));
        var truth = _images.Classes[id];
        return random.NextDouble() < _rate ? _wrong[truth][random.Next(_wrong[truth].Length)] : truth;
    }
}
