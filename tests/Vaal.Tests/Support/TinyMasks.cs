using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests;

/// <summary>Small pictures of two upright parts, dark (class 0) and bright (class 1), parted where the id says, the
/// lowest row to be ignored.</summary>
internal static class TinyMasks
{
    public const int Height = 32, Width = 48;
    public static readonly TaskOptions Task =
        new(TaskOptions.SmallSeg) { Epochs = 0, MinIterations = 3, BatchSize = 4, Shift = 4 };

    public static ImageSet Set(int count, int seed = 1)
    {
        var random = new Random(seed);
        var (pixels, classes) = (new byte[count * 3 * Height * Width], new byte[count * Height * Width]);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((IsBright(i / (3 * Height * Width), i % Width) ? 150 : 40) + random.Next(60));
        for (var i = 0; i < classes.Length; i++)
            classes[i] = i / Width % Height == Height - 1
                ? ImageSet.Ignore
                : IsBright(i / (Height * Width), i % Width)
                ? (byte)1
                : (byte)0;
        return new ImageSet(
            PixelStore.Copy(pixels), 3, Height, Width, masks: new ImageSet(PixelStore.Copy(classes), 1, Height, Width));
    }

    public static DataSet Data(int pool, int test = 6) =>
        new("tiny masks", Set(pool), Set(test, seed: 2), ["dark", "bright"], [], $"masks {pool} {test}");

    public static Pool Pool(ImageSet images, int labelled)
    {
        var pool = new Pool(images);
        for (var id = 0; id < labelled; id++) pool.Label(id, -1);
        return pool;
    }

    private static bool IsBright(int id, int column) => column >= 8 + id % 5 * 8;
}
