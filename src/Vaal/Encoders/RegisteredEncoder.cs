using System.Security.Cryptography;
using System.Text;

namespace Vaal.Encoders;

/// <summary>A user's own encoder under the name that it was registered by.</summary>
internal sealed class RegisteredEncoder : IEncoder
{
    private readonly IImageEncoder _own;

    /// <param name="own">disposed with this, where it can be</param>
    /// <exception cref="InputException">its sizes make no sense</exception>
    public RegisteredEncoder(string name, IImageEncoder own)
    {
        (_own, Name, Input) = (own, name, new EncoderInput { Size = own.Size });
        if (Input.Problems().FirstOrDefault() is { } problem)
            throw new InputException($"encoder '{name}': {problem}; change its Size");
        if (own.FeatureDim < 1)
            throw new InputException($"encoder '{name}': expected at least 1 feature, found {own.FeatureDim}; "
                + "change its FeatureDim");
        Digest = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"own {name} {own.Version} {own.FeatureDim}\n{Input.Canonical}\n")));
    }

    public string Name { get; }

    public string Digest { get; }

    public int FeatureDim => _own.FeatureDim;

    public EncoderInput Input { get; }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features) =>
        _own.Encode(images, count, features);

    public void Dispose() => (_own as IDisposable)?.Dispose();
}
