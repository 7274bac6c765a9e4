using Vaal.Coverage;
using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>Rows of features on their first two principal components, found on a sample of a large pool.</summary>
internal static class FeatureMap
{
    private const int Sample = 4_096;

    /// <returns>X and Y of each row</returns>
    public static (float[] X, float[] Y) Of(UnitRows rows, long seed = 1)
    {
        var (x, y) = (new float[rows.Count], new float[rows.Count]);
        if (rows.Count == 0) return (x, y);
        var (first, second) = Components(rows, seed);
        Blocks.InParallel(rows.Count, 512, (from, end) =>
        {
            var row = new float[rows.Width];
            for (var i = from; i < end; i++)
            {
                rows.Copy(i, row);
                (x[i], y[i]) = ((float)UnitRows.Dot(row, first), (float)UnitRows.Dot(row, second));
            }
        });
        return (x, y);
    }

    // the largest loading of each is positive, so that the same rows give the same map
    private static (float[] First, float[] Second) Components(UnitRows rows, long seed)
    {
        int[] sample = [.. Enumerable.Range(0, rows.Count)];
        if (sample.Length > Sample)
        {
            new Random((int)seed).Shuffle(sample);
            sample = [.. sample[..Sample].Order()];
        }
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var x = tensor(rows.Copy(sample), [sample.Length, rows.Width]).to(ScalarType.Float64);   // (n, F)
        x = x - x.mean([0], keepdim: true);
        var (_, vectors) = linalg.eigh(x.t().mm(x));                                             // ascending, (F, F)
        return (Loading(1), Loading(2));

        float[] Loading(int last)
        {
            if (last > rows.Width) return new float[rows.Width];
            var direction = vectors[TensorIndex.Ellipsis, rows.Width - last];                    // (F)
            direction = direction * direction[direction.abs().argmax()].sign();
            return direction.to(ScalarType.Float32).data<float>().ToArray();
        }
    }
}
