using System.Text;
using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

public sealed class VaalFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Four groups of features in turn, labels on three of them: the fourth looks least labelled.</summary>
    [Fact]
    public void Select_GroupThatTheLabelledLack_IsChosen()
    {
        const int count = 160, width = 16;
        using var images = TinyImages.Set(count);
        var pool = new Pool(images);
        for (var id = 0; id < 80; id++)
            if (id % 4 < 3) pool.Label(id, id % 4);
        var random = new Random(1);
        float[] centres = [.. Enumerable.Range(0, 4 * width).Select(_ => 6 * random.NextSingle() - 3)];
        float[] values = [.. Enumerable.Range(0, count * width)
            .Select(i => centres[i / width % 4 * width + i % width] + random.NextSingle())];
        var numbers = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, numbers, 0, numbers.Length);
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}\n";
        var file = _folder.Write("x.npy",
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. numbers]);
        using var networks = new Networks(pool,
            TinyImages.Vaal with { Iterations = 60, BatchSize = 32, LatentDim = 8 });
        var query = new Query { Pool = pool, Budget = 20, Seed = 1, Networks = networks, Features = new(file, images) };
        var (ids, scores) = QueryStrategies.Create("vaal-features").Select(query);
        Assert.InRange(ids.Count(id => id % 4 == 3), 17, 20);                        // by chance: 9
        Assert.Equal(scores.OrderDescending(), scores);
    }
}
