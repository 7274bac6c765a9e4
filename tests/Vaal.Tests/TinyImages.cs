using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests;

/// <summary>Small pictures whose class can be seen (where the bright bar lies), and options under which training takes milliseconds.</summary>
internal static class TinyImages
{
    public static readonly VaalOptions Vaal = VaalOptions.Balanced with { Width = 16, LatentDim = 4, Iterations = 3, BatchSize = 8 };
    public static readonly TaskOptions Task = TaskOptions.Default with { Epochs = 0, MinIterations = 3, BatchSize = 8 };

    /// <summary>Classes in turn: 0, 1, …, K−1, 0, …</summary>
    public static ImageSet Set(int count, int classes = 4, int channels = 1, int side = 32, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[count * channels * side * side];
        random.NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (id, row) = (i / (channels * side * side), i / side % side);
            pixels[i] = (byte)(pixels[i] / 4 + (row * classes / side == id % classes ? 180 : 20));
        }
        return new ImageSet(PixelStore.Copy(pixels), channels, side, side, [.. Enumerable.Range(0, count).Select(id => id % classes)]);
    }

    public static DataSet Data(int pool, int test = 20, int classes = 4) =>
        new("tiny", Set(pool, classes), Set(test, classes, seed: 2), [.. Enumerable.Range(0, classes).Select(c => $"class {c}")], [], $"{pool} {test} {classes}");

    /// <summary>A pool in which the first <paramref name="labelled"/> images have their label.</summary>
    public static Pool Pool(ImageSet images, int labelled)
    {
        var pool = new Pool(images);
        for (var id = 0; id < labelled; id++) pool.Label(id, images.Classes[id]);
        return pool;
    }
}
