
namespace Vaal.Training;

/// <summary>
/// How well masks are predicted, kept image by image. Pixels of one image depend on each other, so the uncertainty of a
/// mean IoU comes from a bootstrap over whole images, not from a formula for shares.
/// </summary>
/// <param name="classes">K</param>
internal sealed class MaskCounts(int classes)
{
    private const int Resamples = 2_000;
    // of each class: right, in the mask, predicted
    private readonly List<long[]> _images = [];

    /// <summary>All images together.</summary>
    public ConfusionMatrix Total { get; } = new(classes);

    /// <summary>Takes one image: the class of each pixel, and the one predicted.</summary>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        Total.Add(truth, predicted);
        var image = new ConfusionMatrix(classes);
        image.Add(truth, predicted);
        _images.Add(
            [.. Enumerable.Range(0, classes)
                .SelectMany(c => new[] { image[c, c], image.InMasks(c), image.Predicted(c) })]);
    }

    /// <summary>Of all images together, with the 95% interval of the percentiles of 2,000 draws of as many images; of a
    /// single image there is none.</summary>
    public Interval MeanIou(int seed) => Statistics.Bootstrap(_images.Count, MeanIou, seed, Resamples);

    private double MeanIou(IReadOnlyList<int> images)
    {
        var sums = new long[3 * classes];
        foreach (var image in images)
            for (var i = 0; i < sums.Length; i++) sums[i] += _images[image][i];
        return ConfusionMatrix.MeanOf(
            [.. Enumerable.Range(0, classes)
                .Select(c => ConfusionMatrix.IouOf(sums[3 * c], sums[3 * c + 1], sums[3 * c + 2]))]);
    }
}
