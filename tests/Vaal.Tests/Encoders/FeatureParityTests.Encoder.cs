using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Vaal.Encoders;
using BFloat16 = Vaal.Models.BFloat16;
using ScalarType = TorchSharp.torch.ScalarType;

namespace Vaal.Tests.Encoders;

/// <summary>Numbers that others made, in the folder that VAAL_FEATURE_PARITY names, or
/// <c>../shared/parity/features</c>.</summary>
public sealed partial class FeatureParityTests
{
    private static readonly int[] ImageShape = [224, 224, 3];

    /// <summary>The unmodified model gave these numbers; ours takes any batch and any size.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void ResNet18_ReferenceImages_GivesTheReferenceFeatures()
    {
        var (images, expected) = ReferenceImages();
        using var encoder = ResNet18Encoder.OpenRuntime();
        foreach (var batch in new[] { 1, 3, 4 }) Near(expected, Encode(encoder, images, batch), 1e-3);
        using var torch = ResNet18Encoder.OpenTorch(ScalarType.Float32);
        Near(expected, Encode(torch, images, 4), 1e-3);
    }

    [Fact]
    public void ResNet18_BFloat16_IsNearTheReference()
    {
        if (!BFloat16.InProcessor) Assert.Skip("this processor does not multiply bfloat16");
        var (images, expected) = ReferenceImages();
        using var encoder = ResNet18Encoder.OpenTorch(ScalarType.BFloat16);
        var found = Encode(encoder, images, 4);
        foreach (var (a, b) in expected.Chunk(512).Zip(found.Chunk(512))) Assert.True(Cosine(a, b) > 0.999,
            $"{Cosine(a, b)}");
    }

    private static double Cosine(float[] a, float[] b) =>
        System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(a, b);

    private static void Near(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        var scale = expected.Max();
        for (var i = 0; i < found.Length; i++)
            Assert.True(Math.Abs(found[i] - expected[i]) <= tolerance * Math.Max(expected[i], 0.01 * scale),
                $"{i}: {found[i]}, {expected[i]}");
    }

    private static float[] Encode(IEncoder encoder, byte[] images, int batch)
    {
        var (count, features) = (images.Length / encoder.Input.ImageBytes, new List<float>());
        for (var start = 0; start < count; start += batch)
        {
            var taken = Math.Min(batch, count - start);
            var some = new float[taken * encoder.FeatureDim];
            encoder.Encode(images.AsSpan(start * encoder.Input.ImageBytes, taken * encoder.Input.ImageBytes), taken,
                some);
            features.AddRange(some);
        }
        return [.. features];
    }

    // (N, 3, 224, 224) bytes, and (N, 512)
    private static (byte[] Images, float[] Features) ReferenceImages()
    {
        var (shape, pixels) = Raw("resnet18_input_224.npy", "|u1");
        Assert.Equal(ImageShape, shape[1..]);
        var (plane, planar) = (224 * 224, new byte[pixels.Length]);
        for (var i = 0; i < pixels.Length; i++) planar[(i / (3 * plane) * 3 + i % 3) * plane
            + i / 3 % plane] = pixels[i];
        var (rows, features) = Raw("resnet18_features_224.npy", "<f4");
        Assert.Equal([shape[0], 512], rows);
        return (planar, [.. features.Chunk(4).Select(b => BinaryPrimitives.ReadSingleLittleEndian(b))]);
    }

    private static (int[] Shape, byte[] Numbers) Raw(string name, string type)
    {
        var folder = Environment.GetEnvironmentVariable("VAAL_FEATURE_PARITY") is { Length: > 0 } named ? named
            : Path.Combine(Repository.Root, "..", "shared", "parity", "features");
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!File.Exists(path)
            && Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all") Assert.Fail($"there is no {path}");
        if (!File.Exists(path)) Assert.Skip($"there is no {path}; VAAL_FEATURE_PARITY names another folder");
        var bytes = File.ReadAllBytes(path);
        var end = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        var header = Encoding.ASCII.GetString(bytes, 10, end - 10);
        Assert.Contains($"'{type}'", header);
        var shape = Regex.Match(header, @"\(([^)]*)\)").Groups[1].Value.Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (Array.ConvertAll(shape, int.Parse), bytes[end..]);
    }
}
