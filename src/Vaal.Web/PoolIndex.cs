using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// Features of the workspace's images, by their positions on the board. Without an encoder the pictures themselves,
/// at 8×8 pixels, stand in: they tell colours and coarse shapes apart, and cost nothing.
/// </summary>
internal sealed class PoolIndex : IDisposable
{
    private const int Side = 8;
    private readonly IDisposable _features;
    private readonly UnitRows.Reader _read;

    private PoolIndex(ImageRow[] images, IDisposable features, int width, Func<int, bool> has, UnitRows.Reader read,
        string digest)
    {
        (Images, _features, _read, Digest) = (images, features, read, digest);
        Positions = [.. Enumerable.Range(0, images.Length).Where(p => !images[p].Test && has(p))];
        TestPositions = [.. Enumerable.Range(0, images.Length).Where(p => images[p].Test && has(p))];
        RowOf = new int[images.Length];
        Array.Fill(RowOf, -1);
        for (var i = 0; i < Positions.Length; i++) RowOf[Positions[i]] = i;
        Pool = new UnitRows(Positions.Length, width, (row, into) => read(Positions[row], into));
        Test = new UnitRows(TestPositions.Length, width, (row, into) => read(TestPositions[row], into), Pool.Mean);
    }

    /// <summary>The board's images that this was made of.</summary>
    public ImageRow[] Images { get; }

    /// <summary>Of the encoder.</summary>
    public string Digest { get; }

    /// <summary>The position of each row of <see cref="Pool"/>.</summary>
    public int[] Positions { get; }

    /// <summary>The position of each row of <see cref="Test"/>.</summary>
    public int[] TestPositions { get; }

    /// <summary>The row of each position in <see cref="Pool"/>; -1: a test image, or one without features.</summary>
    public int[] RowOf { get; }

    public UnitRows Pool { get; }

    /// <summary>Centred by the pool's mean.</summary>
    public UnitRows Test { get; }

    /// <summary>Features of rows of the pool as the encoder made them, (n, F).</summary>
    public float[] Raw(int[] rows)
    {
        var values = new float[checked(rows.Length * Pool.Width)];
        for (var i = 0; i < rows.Length; i++) _read(Positions[rows[i]], values.AsSpan(i * Pool.Width, Pool.Width));
        return values;
    }

    /// <summary>Makes the features that are missing.</summary>
    /// <param name="workspace">a connection of the calling thread's own</param>
    /// <param name="images">of the board</param>
    /// <exception cref="InputException">the encoder's model is missing or damaged, or no image has features</exception>
    public static PoolIndex Of(Workspace workspace, ImageRow[] images, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        WorkspaceImages? loaded = null;
        try
        {
            var rows = SourceFeatures.Of(workspace.Sources(images), () => (loaded ??= workspace.LoadImages()).Pool,
                report, cancel);
            var index = rows is not null ? Of(images, rows) : OfPixels(workspace, images);
            if (index.Positions.Length > 0) return index;
            index.Dispose();
            throw new InputException("expected images with features, found none; 'vaal init' lists why");
        }
        finally
        {
            loaded?.Dispose();
        }
    }

    public void Dispose() => _features.Dispose();

    private static PoolIndex Of(ImageRow[] images, FeatureRows rows) => new(images, rows, rows.Dim, rows.Has,
        (position, into) => TensorPrimitives.ConvertToSingle(rows[position], into), rows.Digest);

    private static PoolIndex OfPixels(Workspace workspace, ImageRow[] images)
    {
        var packed = workspace.Packed() ?? throw new InputException(
            "expected decoded images, found none; run 'vaal init' again");
        var (loading, at, next) = (workspace.Loading(), new Dictionary<SourceFile, int>(), 0);
        foreach (var entry in packed.Entries) if (entry.Problem is null) at[entry.File] = next++;
        int[] places = [.. images.Select(r => at.GetValueOrDefault(new(r.Path, r.Bytes, r.Modified), -1))];
        var (width, height) = loading.Target;
        var channels = loading.Channels ?? 3;
        return new(images, packed, channels * Side * Side, p => places[p] >= 0,
            (position, into) => Average(packed[places[position]], channels, width, height, into), "pixels");
    }

    // (C, H, W) bytes → (C, 8, 8) means
    private static void Average(ReadOnlySpan<byte> pixels, int channels, int width, int height, Span<float> into)
    {
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < Side; y++)
                for (var x = 0; x < Side; x++)
                {
                    var (sum, count) = (0, 0);
                    for (var v = y * height / Side; v < Math.Max((y + 1) * height / Side, y * height / Side + 1); v++)
                        for (var u = x * width / Side; u < Math.Max((x + 1) * width / Side, x * width / Side + 1); u++)
                        {
                            sum += pixels[(c * height + v) * width + u];
                            count++;
                        }
                    into[(c * Side + y) * Side + x] = (float)sum / count;
                }
    }
}
