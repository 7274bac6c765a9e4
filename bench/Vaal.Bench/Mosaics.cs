using System.Text;
using SkiaSharp;

namespace Vaal.Bench;

/// <summary>
/// Makes a data set of several classes an image from photographs of one class each: squares of two by two cells, of
/// which one to four hold a photograph, each of another class. Some classes are rare: that of rank r is drawn in
/// proportion to 1 / r. Training photographs make training squares, and test photographs test squares.
/// </summary>
internal static class Mosaics
{
    private const int Cell = 112, Cells = 4;
    private static readonly SKSamplingOptions Smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>mosaics PHOTOS FOLDER TRAIN TEST [SEED]</summary>
    public static int Run(string[] args)
    {
        var (photos, folder, seed) = (args.Text(0), args.Text(1), args.Number(4, 1));
        string[] classes = [.. Directory.GetDirectories(Path.Combine(photos, "train"))
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];
        var ranks = Enumerable.Range(1, classes.Length).ToArray();
        new Random(seed).Shuffle(ranks);
        foreach (var (part, count) in new[] { ("train", args.Number(2)), ("test", args.Number(3)) })
        {
            var random = new Random((int)Seeds.Derive(seed, part, 0));
            string[][] files = [.. classes.Select(c => Directory.GetFiles(Path.Combine(photos, part, c), "*.jpg")
                .Order(StringComparer.Ordinal).ToArray())];
            Directory.CreateDirectory(Path.Combine(folder, part));
            var table = new StringBuilder($"filename,{string.Join(',', classes)}\n");
            for (var n = 0; n < count; n++)
            {
                var shown = Draw(ranks, random.Next(1, Cells + 1), random);
                var name = $"{n:0000}.jpg";
                File.WriteAllBytes(Path.Combine(folder, part, name),
                    Mosaic([.. shown.Select(c => files[c][random.Next(files[c].Length)])], random));
                table.Append(name).Append(',')
                    .AppendJoin(',', classes.Select((_, c) => shown.Contains(c) ? 1 : 0)).Append('\n');
            }
            File.WriteAllText(Path.Combine(folder, part, "_classes.csv"), table.ToString());
        }
        return 0;
    }

    // distinct classes, one after the other
    private static List<int> Draw(int[] ranks, int count, Random random)
    {
        var drawn = new List<int>();
        while (drawn.Count < count)
        {
            int[] left = [.. Enumerable.Range(0, ranks.Length).Except(drawn)];
            var at = random.NextDouble() * left.Sum(c => 1.0 / ranks[c]);
            drawn.Add(left.First(c => (at -= 1.0 / ranks[c]) <= 0 || c == left[^1]));
        }
        return drawn;
    }

    private static byte[] Mosaic(string[] photos, Random random)
    {
        int[] cells = [.. Enumerable.Range(0, Cells)];
        random.Shuffle(cells);
        using var bitmap = new SKBitmap(2 * Cell, 2 * Cell);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Gray);
        foreach (var (photo, cell) in photos.Zip(cells))
        {
            using var image = SKImage.FromEncodedData(photo);
            var side = Math.Min(image.Width, image.Height);
            var middle = SKRect.Create((image.Width - side) / 2f, (image.Height - side) / 2f, side, side);
            canvas.DrawImage(image, middle, SKRect.Create(cell % 2 * Cell, cell / 2 * Cell, Cell, Cell), Smooth);
        }
        canvas.Flush();
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        return data.ToArray();
    }
}
