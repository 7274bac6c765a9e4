using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// A choice from a pool of a million images: train, score, choose, thin out, judge, on a synthetic cache that is
/// read image by image. Memory is what belongs to the process alone; the system can drop pages of the file.
/// </summary>
internal static class Million
{
    /// <summary>million [IMAGES] [BUDGET]: 32×32 RGB</summary>
    public static int Run(string[] args)
    {
        var (count, budget) = (args.Number(0, 1_000_000), args.Number(1, 1_000));
        var folder = Directory.CreateTempSubdirectory("vaal-million");
        try
        {
            var file = Path.Combine(folder.FullName, "pixels");
            Write(file, count);
            using var images = new ImageSet(PixelStore.Open(file, 0, (long)count * 3_072), 3, 32, 32);
            using var memory = new OwnMemory();
            var pool = new Pool(images);
            for (var id = 0; id < 10_000; id++) pool.Label(id, id % 10);
            var (clock, scoring) = (Stopwatch.StartNew(), new Stopwatch());
            var options = new NextOptions
            {
                Budget = budget,
                Strategy = "vaal",
                Vaal = new(VaalOptions.Balanced) { Iterations = 100 }
            };
            void Listen(TrainEvent e)
            {
                if (e.Phase == "scoring the pool") scoring.Start();
                else scoring.Stop();
            }
            IChooser chooser = new BatchChooser(options);
            var made = chooser.Choose(new ChoiceRequest
            {
                Pool = pool,
                Images = PoolImage.Unnumbered(images.Count),
                Report = Listen,
            });
            scoring.Stop();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count:N0} images, {budget:N0} of them chosen ({made.Selection.Ids.Distinct().Count():N0} " +
                    $"different): {clock.Elapsed.TotalSeconds:0} s in all, {scoring.Elapsed.TotalSeconds:0} s " +
                    $"scoring; at most {memory.Peak / 1e9:0.00} GB of memory beyond the cache of files"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // blocks of smooth colour with a little noise: cheap to write, and no two images alike
    private static void Write(string path, int count)
    {
        var (random, image) = (new Random(1), new byte[3_072]);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        for (var i = 0; i < count; i++)
        {
            var (r, g, b, slope) = (random.Next(200), random.Next(200), random.Next(200), random.Next(1, 50));
            for (var p = 0; p < 1_024; p++)
            {
                var shade = p / slope % 50;
                (image[p], image[1_024 + p], image[2_048 + p]) =
                    ((byte)(r + shade), (byte)(g + shade), (byte)(b + shade));
            }
            file.Write(image);
        }
    }

    /// <summary>The most memory of its own that the process had, looked at five times a second.</summary>
    private sealed class OwnMemory : IDisposable
    {
        private readonly Timer _timer;
        private long _peak;

        public OwnMemory() => _timer = new Timer(_ => _peak = Math.Max(_peak, Now()), null, 0, 200);

        /// <summary>Bytes.</summary>
        public long Peak => Math.Max(_peak, Now());

        private static long Now()
        {
            const string own = "RssAnon:";
            var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(own, StringComparison.Ordinal));
            return 1_024
                * long.Parse(
                    line[own.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }

        public void Dispose() => _timer.Dispose();
    }
}
