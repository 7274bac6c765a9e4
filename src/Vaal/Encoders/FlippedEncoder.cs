using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;

namespace Vaal.Encoders;

/// <summary>
/// The mean of an encoder's features of an image and of its mirror image: twice the time, less noise. It goes by the
/// encoder's name and <see cref="Suffix"/>, and has a digest of its own, so that its rows never mix with the others.
/// </summary>
/// <param name="inner">disposed with this</param>
internal sealed class FlippedEncoder(IEncoder inner) : IEncoder
{
    /// <summary>Follows the name of an encoder, as <c>--encoder-flip</c> writes it.</summary>
    public const string Suffix = "+flip";

    public string Name => inner.Name + Suffix;

    public string Digest { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"flip {inner.Digest}")));

    public int FeatureDim => inner.FeatureDim;

    public EncoderInput Input => inner.Input;

    /// <summary>The encoder's own name, and whether it is flipped.</summary>
    public static (string Name, bool Flips) Parse(string name) =>
        name.EndsWith(Suffix, StringComparison.Ordinal) ? (name[..^Suffix.Length], true) : (name, false);

    public void Load() => inner.Load();

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
    {
        inner.Encode(images, count, features);
        var mirrored = images.ToArray();
        for (var row = 0; row < mirrored.Length; row += Input.Size) mirrored.AsSpan(row, Input.Size).Reverse();
        var other = new float[features.Length];
        inner.Encode(mirrored, count, other);
        TensorPrimitives.Add(features, other, features);
        TensorPrimitives.Multiply(features, 0.5f, features);
    }

    public void Dispose() => inner.Dispose();
}
