using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Workspaces;
using static TorchSharp.torch;

namespace Vaal.Bench;

/// <summary>
/// Photographs to features of resnet18: our way (every thread decodes and encodes, bfloat16 where the processor has it)
/// against the
/// plain way (decoded one after the other, ONNX Runtime in float32 with all threads, batches of 8), interleaved.
/// </summary>
internal static class EncodeBench
{
    private const int Batch = 8;

    /// <summary>encode FOLDER [FILES] [REPEATS]; encode million [IMAGES]; encode accuracy FOLDER [LABELS]
    /// [SEEDS]; encode init PHOTOS [COUNT]</summary>
    public static int Run(string[] args)
    {
        if (args.Text(0) == "million") return Million(args.Number(1, 1_000_000));
        if (args.Text(0) == "accuracy") return Accuracy(args.Text(1), args.Number(2, 300), args.Number(3, 10));
        if (args.Text(0) == "init") return Init(args.Text(1), args.Number(2, 5_000));
        var (folder, most, repeats) = (args.Text(0), args.Number(1, 300), args.Number(2, 3));
        var all = SourceFiles.Sorted(folder, []);
        var step = Math.Max(1, all.Count / most);
        List<SourceFile> files = [.. all.Where((_, i) => i % step == 0).Take(most)];
        var work = Directory.CreateTempSubdirectory("vaal-encode");
        try
        {
            Compare(folder, files, repeats, work.FullName);
            return 0;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static void Compare(string folder, List<SourceFile> files, int repeats, string work)
    {
        var threads = PretrainedEncoders.Threads;
        using var plain = ResNet18Encoder.OpenRuntime(threads: threads);
        using var ours = PretrainedEncoders.Open(ResNet18Encoder.Name, new EncoderContext());
        ours.Load();
        using var runtime = ResNet18Encoder.OpenRuntime();
        var (plainly, usual, exact) = (new List<(double Clock, double Cores)>(), new List<(double, double)>(),
            new List<(double, double)>());
        float[] expected = [], found = [];
        for (var i = 0; i < repeats; i++)
        {
            plainly.Add(Seconds(() => expected = Plainly(folder, files, plain)));
            usual.Add(Seconds(() => found = Stored(folder, files, ours, Path.Combine(work, $"a{i}"))));
            exact.Add(Seconds(() => Stored(folder, files, runtime, Path.Combine(work, $"b{i}"))));
        }
        Say("plain: one after the other, ONNX Runtime, float32", plainly);
        Say("store, ONNX Runtime, float32", exact);
        var way = Models.BFloat16.InProcessor ? "libtorch, bfloat16" : "ONNX Runtime, float32";
        Say($"store, {way} (the default here)", usual);
        var cosine = expected.Chunk(plain.FeatureDim).Zip(found.Chunk(plain.FeatureDim))
            .Select(p => TensorPrimitives.CosineSimilarity<float>(p.First, p.Second)).Order().ToArray();
        var budget = Math.Min(100, files.Count / 4);
        var (a, b) = (Coverage(expected, plain.FeatureDim, budget), Coverage(found, plain.FeatureDim, budget));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"cosine of float32's row and the default's: least {cosine[0]:0.00000}, "
                + $"median {cosine[cosine.Length / 2]:0.00000}"));
        Console.WriteLine(
            $"of {budget} picks by coverage from nothing, {budget - a.Intersect(b).Count()} change; "
                + $"the order is the same for the first {a.Zip(b).TakeWhile(p => p.First == p.Second).Count()}");

        void Say(string what, List<(double Clock, double Cores)> seconds)
        {
            double Clock(List<(double Clock, double Cores)> s) => s.Select(t => t.Clock).Order().ElementAt(s.Count / 2);
            double Cores(List<(double Clock, double Cores)> s) => s.Select(t => t.Cores).Order().ElementAt(s.Count / 2);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what}: {files.Count / Clock(seconds):0.0} images/s, "
                    + $"{Clock(plainly) / Clock(seconds):0.00} times the plain way; "
                    + $"{files.Count / Cores(seconds):0.0} a processor second, "
                    + $"{Cores(plainly) / Cores(seconds):0.00} times"));
        }
    }

    // the linear head on rows in float32 and in the default's arithmetic, from the same labels: train/CLASS, test/CLASS
    private static int Accuracy(string folder, int labels, int seeds)
    {
        var files = SourceFiles.Sorted(folder, []);
        int[] train = [.. Rows("train/")], test = [.. Rows("test/")];
        string[] names = [.. files.Select(f => f.Path.Split('/')[^2])];
        string[] classes = [.. names.Distinct().Order(StringComparer.Ordinal)];
        int[] classOf = [.. names.Select(n => Array.IndexOf(classes, n))];
        var work = Directory.CreateTempSubdirectory("vaal-encode");
        try
        {
            using var runtime = ResNet18Encoder.OpenRuntime();
            using var ours = PretrainedEncoders.Open(ResNet18Encoder.Name, new EncoderContext());
            float[][] both = [Stored(folder, files, runtime, work.FullName),
                Stored(folder, files, ours, work.FullName)];
            var differences = new List<double>();
            for (var seed = 1; seed <= seeds; seed++)
            {
                int[] labelled = [.. train];
                new Random(seed).Shuffle(labelled);
                var right = both.Select(rows => Right(rows, labelled[..labels], test, classOf, classes.Length))
                    .ToArray();
                differences.Add(right[1] - right[0]);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"seed {seed}: float32 {right[0]:0.0}%, the default {right[1]:0.0}% of {test.Length} test images"));
            }
            var mean = Statistics.MeanInterval(differences);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mean difference in points: {mean.Estimate:+0.00;-0.00} ({mean.Low:0.00} to {mean.High:0.00})"));
            return 0;
        }
        finally
        {
            work.Delete(recursive: true);
        }

        IEnumerable<int> Rows(string start) =>
            files.Index().Where(f => f.Item.Path.StartsWith(start, StringComparison.Ordinal)).Select(f => f.Index);
    }

    private static double Right(float[] rows, int[] labelled, int[] test, int[] classOf, int classes)
    {
        var unit = UnitRows.Of(rows, rows.Length / classOf.Length);
        var head = LinearHead.Fit(HeadRows.Of(unit.Copy(labelled), unit.Width, [.. labelled.Select(i => classOf[i])],
            classes));
        var p = head.Probabilities(unit.Copy(test));
        return 100.0 * test.Where((image, i) =>
            Array.IndexOf(p, p.AsSpan(i * classes, classes).ToArray().Max(), i * classes, classes)
                - i * classes == classOf[image]).Count() / test.Length;
    }

    // what 'vaal init' does with photographs of 2 megapixels
    private static int Init(string photos, int count)
    {
        var work = Directory.CreateTempSubdirectory("vaal-encode");
        try
        {
            ServePage.Make(photos, work.FullName, count);
            using var workspace = Workspace.Create(work.FullName);
            var indexed = Seconds(() => workspace.Index(new IndexOptions()));
            var encoded = Seconds(() => workspace.MakeFeatures(new FeatureMaker()));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count:N0} photographs of 2 megapixels: indexed in {indexed.Clock:0.0} s, encoded by "
                    + $"{workspace.Encoder} in {encoded.Clock:0.0} s; processor time "
                    + $"{indexed.Cores + encoded.Cores:0.0} s"));
            return 0;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    // memory of the store alone: an encoder that costs nothing, 512 columns, images of 16 pixels
    private static int Million(int count)
    {
        var work = Directory.CreateTempSubdirectory("vaal-encode");
        try
        {
            var pixels = PixelStore.Allocate(count * 256L);
            for (var i = 0; i < count; i++) BitConverter.TryWriteBytes(pixels.Writable(i * 256L, 4), i);
            using var images = new ImageSet(pixels, 1, 16, 16);
            var encoder = new Free();
            var made = Seconds(() => FeatureStore.Open(work.FullName, encoder).Of(images).Dispose());
            var opened = Seconds(() => FeatureStore.Open(work.FullName, encoder).Of(images).Dispose());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count:N0} rows of 512: made in {made.Clock:0} s, opened again in {opened.Clock:0.0} s; "
                    + $"peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.00} GB, "
                    + $"of it {pixels.Length / 1e9:0.00} GB the images"));
            return 0;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private sealed class Free : IEncoder
    {
        public string Name => "free";
        public string Digest { get; } = new('0', 64);
        public int FeatureDim => 512;
        public EncoderInput Input { get; } = new() { Size = 16, Channels = 1, Mean = [0], Std = [1] };

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < features.Length; i++) features[i] = images[i % 256 + i / 512 * 256];
        }

        public void Dispose()
        {
        }
    }

    private static float[] Plainly(string folder, List<SourceFile> files, IEncoder encoder)
    {
        var (size, dim) = (encoder.Input.ImageBytes, encoder.FeatureDim);
        var (pixels, features) = (new byte[Batch * size], new float[files.Count * dim]);
        for (var start = 0; start < files.Count; start += Batch)
        {
            var count = Math.Min(Batch, files.Count - start);
            for (var i = 0; i < count; i++)
                if (encoder.Input.Decode(Path.Combine(folder, files[start + i].Path), pixels.AsSpan(i * size, size),
                    int.MaxValue).Problem is { } problem)
                    throw new InputException($"{files[start + i].Path}: {problem}");
            encoder.Encode(pixels.AsSpan(0, count * size), count, features.AsSpan(start * dim));
        }
        return features;
    }

    private static float[] Stored(string folder, List<SourceFile> files, IEncoder encoder, string work)
    {
        using var rows = FeatureStore.Open(work, encoder).Of(ImageRoot.OfDataSet(folder), files);
        return rows.Rows([.. Enumerable.Range(0, rows.Count)]);
    }

    // MaxHerding as REFERENCE.md has it: kernel of the distances, width by the k-th neighbour, greedy
    private static List<int> Coverage(float[] features, int dim, int budget)
    {
        using var scope = NewDisposeScope();
        var x = tensor(features, [features.Length / dim, dim], dtype: ScalarType.Float64);         // (N, F)
        x = nn.functional.normalize(x - x.mean([0], keepdim: true), 2, 1);
        var n = (int)x.shape[0];
        var distances = cdist(x, x);                                                               // (N, N)
        var near = distances.sort(dim: 1).Values.select(1, (n + budget - 1) / budget);
        var sigma = near.median();
        var kernel = (-(distances / sigma).square() / 2).exp();
        var (covered, picks) = (zeros(n, ScalarType.Float64), new List<int>());
        for (var i = 0; i < budget; i++)
        {
            var gain = (kernel - covered).clamp(min: 0).sum(1);
            foreach (var pick in picks) gain[pick] = -1;
            var best = (int)gain.argmax().item<long>();
            picks.Add(best);
            covered = maximum(covered, kernel[best]);
        }
        return picks;
    }

    /// <summary>Seconds by the clock, and of all processors.</summary>
    private static (double Clock, double Cores) Seconds(Action work)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
}
