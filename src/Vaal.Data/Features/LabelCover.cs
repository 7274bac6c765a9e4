namespace Vaal.Data.Features;

/// <summary>
/// How much of a pool the labels cover: the share of unlabelled images that have a labelled one among the hundredth of
/// the pool that is most like them, by the cosine of features less the mean. It needs no width and no class, and does
/// not depend on how large the pool is. Large pools and many labels are sampled, always in the same way.
/// </summary>
internal static class LabelCover
{
    /// <summary>The part of the pool that counts as like an image.</summary>
    public const double Part = 0.01;

    /// <summary>Unlabelled images that are looked at, and images that stand for the pool, at most.</summary>
    public const int Looked = 1_000, Standing = 4_000;

    /// <summary>Labels that are compared, at most.</summary>
    private const int MostLabels = 10_000;

    /// <summary>Fewer images than this have no hundredth.</summary>
    public const int Fewest = 100;

    /// <summary>Which images stand for a pool; only these need features.</summary>
    /// <param name="labelled">numbers of the images with a label</param>
    /// <param name="unlabelled">of the others</param>
    public static Sample Draw(int[] labelled, int[] unlabelled) => new(Some([.. labelled, .. unlabelled], Standing),
        Some([.. unlabelled], Looked), Some([.. labelled], MostLabels));

    /// <param name="sample">numbers of rows; those that have no features are left out</param>
    /// <returns>0..1; null: there are too few images with features</returns>
    public static double? Share(FeatureRows rows, Sample sample, CancellationToken cancel = default)
    {
        int[] pool = With(sample.Pool), asked = With(sample.Asked);
        if (pool.Length < Fewest || asked.Length == 0) return null;
        var all = rows.Rows(pool);
        var mean = Cosines.Mean(all, rows.Dim);
        float[] x = Unit(asked), labels = Unit(With(sample.Labels));
        Cosines.Unit(all, mean);
        var near = Math.Max(1, (int)Math.Round(Part * pool.Length));
        var covered = new bool[asked.Length];
        Parallel.For(0, asked.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var own = x.AsSpan(i * rows.Dim, rows.Dim);
            // itself is not like it
            float[] to = [.. To(own, all).Where((_, j) => pool[j] != asked[i]).OrderDescending().Take(near)];
            covered[i] = To(own, labels).Any(c => c >= to[^1]);
        });
        return covered.Count(c => c) / (double)covered.Length;

        float[] Unit(int[] images) => Cosines.Unit(rows.Rows(images), mean);
        int[] With(int[] images) => [.. images.Where(rows.Has)];
    }

    /// <summary>Images that stand for a pool.</summary>
    /// <param name="Pool">labelled or not</param>
    /// <param name="Asked">without a label</param>
    /// <param name="Labels">with a label</param>
    public sealed record Sample(int[] Pool, int[] Asked, int[] Labels)
    {
        /// <summary>Every image of the sample once, ascending.</summary>
        public int[] Images { get; } = [.. Pool.Concat(Asked).Concat(Labels).Distinct().Order()];

        /// <summary>The same images by their places in <see cref="Images"/>.</summary>
        public Sample ByPlace() => new(Places(Pool), Places(Asked), Places(Labels));

        private int[] Places(int[] images) => Array.ConvertAll(images, i => Array.BinarySearch(Images, i));
    }

    private static float[] To(ReadOnlySpan<float> own, float[] others)
    {
        var cosines = new float[others.Length / own.Length];
        for (var j = 0; j < cosines.Length; j++)
            cosines[j] = Cosines.Dot(own, others.AsSpan(j * own.Length, own.Length));
        return cosines;
    }

    private static int[] Some(int[] images, int most)
    {
        if (images.Length <= most) return images;
        new Random((int)Seeds.Derive(1, "label cover", images.Length)).Shuffle(images);
        return images[..most];
    }
}
