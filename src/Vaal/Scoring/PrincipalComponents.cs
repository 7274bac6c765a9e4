using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>Images by their first principal components: of an encoder's features, or of their pixels at
/// 32×32.</summary>
internal static class PrincipalComponents
{
    public const int Components = 32;
    private const int Side = 32, Batch = 512;

    // the components are those of so many images at the most; all images are then projected
    private const int Basis = 1_000;

    // of the squares of the rows: float32 leaves less of rows that are equal
    private const double Rounding = 1e-11;

    /// <summary>Of the pixels.</summary>
    /// <returns>(N, 32), fewer columns where there are fewer images or pixel values, and none where all images are
    /// equal; centred</returns>
    public static double[,] Of(ImageSet images, int[] ids, long seed)
    {
        var squares = images.Squared(Side);
        return Of(some => Augment.Normalise(squares.Batch(some)).flatten(1), ids, seed);             // (B, C·32·32)
    }

    /// <summary>Of the features, less their mean and divided by their length.</summary>
    /// <param name="ids">images that have features</param>
    /// <returns>(N, 32), likewise</returns>
    public static double[,] Of(FeatureRows features, int[] ids, long seed)
    {
        var rows = UnitRows.Of(features.Rows(ids), features.Dim);
        return Of(some => tensor(rows.Copy(some), [some.Length, rows.Width]), [.. Enumerable.Range(0, ids.Length)],
            seed);
    }

    /// <param name="read">gives rows, (B, D)</param>
    private static double[,] Of(Func<int[], Tensor> read, int[] ids, long seed)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        int[] basis = [.. ids];
        new Random((int)Seeds.Derive(seed, "principal components", 0)).Shuffle(basis);
        var x = read(basis[..Math.Min(Basis, basis.Length)]);
        var squares = x.to(ScalarType.Float64).square().sum().item<double>();
        var mean = x.mean([0], keepdim: true);
        x = (x - mean).to(ScalarType.Float64);
        // the Gram matrix has the covariance's components, in its rows' number and not in that of the columns
        var (values, vectors) = linalg.eigh(x.mm(x.t()));                                       // ascending (M), (M, M)
        var largest = values.max().item<double>();
        if (!(largest > Rounding * squares)) return new double[ids.Length, 0];
        var columns = (int)Math.Min(Components, values.gt(1e-9 * largest).sum().item<long>());
        var directions = x.t().mm(vectors.narrow(1, vectors.shape[1] - columns, columns));           // (D, columns)
        directions = (directions / directions.square().sum([0], keepdim: true).sqrt()).to(ScalarType.Float32);
        var rows = new double[ids.Length, columns];
        for (var start = 0; start < ids.Length; start += Batch)
        {
            using var part = NewDisposeScope();
            var some = ids[start..Math.Min(start + Batch, ids.Length)];
            var y = (read(some) - mean).mm(directions).data<float>().ToArray();
            for (var i = 0; i < y.Length; i++) rows[start + i / columns, i % columns] = y[i];
        }
        return rows;
    }
}
