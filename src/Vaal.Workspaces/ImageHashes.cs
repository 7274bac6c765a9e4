using System.Buffers.Binary;
using System.Security.Cryptography;
using SkiaSharp;
using Vaal.Data;

namespace Vaal.Workspaces;

/// <summary>What two files can be compared by. Each is the first half of a SHA-256.</summary>
/// <param name="Content">of the file</param>
/// <param name="Small">of the pixels at the pool's size, and of the original's width and height</param>
/// <param name="Pixels">of all pixels; null until it is needed, because decoding them all takes long</param>
/// <param name="Perceptual">of what is to be seen, by <see cref="PerceptualHash"/>; null: there is nothing to
/// see</param>
internal sealed record ImageHashes(UInt128 Content, UInt128 Small, UInt128? Pixels, ulong? Perceptual)
{
    public static UInt128 OfFile(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return First(SHA256.HashData(file));
    }

    public static UInt128 OfSmall(ReadOnlySpan<byte> pixels, int width, int height)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(sum, width, height);
        sum.AppendData(pixels);
        return First(sum.GetHashAndReset());
    }

    /// <summary>Null where the file cannot be decoded any more.</summary>
    public static UInt128? OfPixels(string path)
    {
        using var codec = ImageDecoder.Open(path);
        if (codec is null) return null;
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info) || codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success)
            return null;
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(sum, info.Width, info.Height, (int)ImageDecoder.OriginOf(codec, path));
        sum.AppendData(bitmap.GetPixelSpan());
        return First(sum.GetHashAndReset());
    }

    public static byte[]? ToBytes(UInt128? hash)
    {
        if (hash is not { } value) return null;
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }

    public static UInt128 First(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128BigEndian(bytes);

    private static void Add(IncrementalHash sum, params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers) sum.AppendData(BitConverter.GetBytes(number));
    }
}
