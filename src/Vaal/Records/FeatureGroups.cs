using Vaal.Coverage;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>Groups of images that look alike: k-means on a sample, then every row goes to the nearest group.</summary>
internal static class FeatureGroups
{
    private const int Sample = 4_096;

    /// <param name="k">how many groups at the most</param>
    /// <returns>the group of each row; groups are numbered by their size, the largest first</returns>
    public static int[] Of(UnitRows rows, int k, long seed = 1, CancellationToken cancel = default)
    {
        if (rows.Count == 0) return [];
        int[] sample = [.. Enumerable.Range(0, rows.Count)];
        new Random((int)seed).Shuffle(sample);
        sample = [.. sample[..Math.Min(Sample, sample.Length)].Order()];
        var values = rows.Copy(sample);
        int[] assigned;
        using (var features = tensor(values, [sample.Length, rows.Width]))
            assigned = KMeans.Cluster(features, Math.Min(k, sample.Length), seed, cancel);
        int[] centres = [.. assigned.Index().GroupBy(a => a.Item).OrderBy(g => g.Key)
            .Select(g => sample[Nearest(values, rows.Width, [.. g.Select(a => a.Index)])])];
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var near = Neighbours.Of(rows, all, centres, 1, cancel).Rows;
        // a row is no neighbour of itself
        foreach (var centre in centres) near[centre] = centre;
        var order = near.CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key)
            .Select((c, number) => (c.Key, number)).ToDictionary(c => c.Key, c => c.number);
        return [.. near.Select(c => order[c])];
    }

    // the member that is nearest to the mean stands for the group
    private static int Nearest(float[] values, int width, int[] members)
    {
        var mean = new double[width];
        foreach (var m in members)
            for (var c = 0; c < width; c++) mean[c] += values[m * width + c] / members.Length;
        return members.MinBy(m =>
        {
            var sum = 0.0;
            for (var c = 0; c < width; c++) sum += Math.Pow(values[m * width + c] - mean[c], 2);
            return sum;
        });
    }
}
