using SkiaSharp;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Data.Formats;
using Vaal.Encoders;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>A job on small grey images of clothes, with a model that gives their pixels as features.</summary>
internal sealed class TinyJob : IDisposable
{
    public const int Side = 8, Features = Side * Side;

    private static readonly Lazy<(int[] Indices, byte[] Labels, byte[] Images)> Clothes = new(Embedded.Unpack);

    private readonly TemporaryFolder _folder = new();

    /// <param name="labelled">of the images, the first have a label</param>
    public TinyJob(int images, int labelled, string strategy = "margin", int budget = 7, int shardSize = 16,
        string name = "tiny")
    {
        Model = WriteModel(_folder);
        Pool = WritePool(_folder, images, labelled);
        Encoder = PretrainedEncoders.Open(Model, new EncoderContext());
        Reader = new(_folder["images"], new());
        Wanted = new()
        {
            Name = name,
            Strategy = strategy,
            Budget = budget,
            Encoder = Model,
            ModelDigest = Encoder.Digest,
            FeatureDim = Encoder.FeatureDim,
            Images = 1,
            ShardSize = shardSize,
            PoolDigest = "",
        };
    }

    public string Model { get; }

    public string Pool { get; }

    public IEncoder Encoder { get; }

    public ImageReader Reader { get; }

    public JobManifest Wanted { get; }

    public string this[string name] => _folder[name];

    public TemporaryFolder Folder => _folder;

    /// <summary>Its files in a folder of their own.</summary>
    public (JobManifest Job, JobFiles Files) Made(string output)
    {
        var store = OutputStore.Open(_folder[output]);
        return (JobMaker.Make(store, Wanted, Pool, _folder["images"], new()).Job, new(store));
    }

    public ShardWork Work(JobManifest job, JobFiles files, int threads = 1) =>
        new(job, files, Encoder, Reader, threads);

    /// <summary>The choice of one machine.</summary>
    public JobChoice OneMachine(string output = "one-machine")
    {
        var (job, files) = Made(output);
        new LocalJob(job, files, Work(job, files)).Run();
        return files.Choice()!;
    }

    public void Dispose()
    {
        Reader.Dispose();
        Encoder.Dispose();
        _folder.Dispose();
    }

    public static string WriteModel(TemporaryFolder folder)
    {
        folder.Write("pixels.json", """{"mean": [0.5], "std": [0.5], "channels": "grey", "crop": "stretch"}""");
        return folder.Write("pixels.onnx", OnnxBytes.Model("Flatten", [null, 1, Side, Side], 2));
    }

    /// <returns>the table of the images</returns>
    public static string WritePool(TemporaryFolder folder, int images, int labelled)
    {
        var lines = new List<string> { "path,label" };
        for (var i = 0; i < images; i++)
        {
            folder.Write($"images/{i:0000}.png", Png(i));
            lines.Add($"{i:0000}.png,{(i < labelled ? $"class{Clothes.Value.Labels[i] % 3}" : "")}");
        }
        return folder.Write("images.csv", string.Join('\n', lines));
    }

    /// <summary>One of the images as a file.</summary>
    public static byte[] Png(int image)
    {
        var pixels = Clothes.Value.Images.AsSpan(image * 784, 784).ToArray();
        using var bitmap = new SKBitmap(new SKImageInfo(28, 28, SKColorType.Gray8, SKAlphaType.Opaque));
        System.Runtime.InteropServices.Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
