using System.Security.Cryptography;
using System.Text;

namespace Vaal.Encoders;

/// <summary>A user's own encoder under the name that it was registered by.</summary>
internal sealed class RegisteredEncoder : IEncoder
{
    private const int MostFeatures = 1_000_000;

    private readonly IImageEncoder _own;

    /// <param name="own">disposed with this, where it can be</param>
    /// <exception cref="InputException">there is none, or its sizes make no sense</exception>
    public RegisteredEncoder(string name, IImageEncoder own)
    {
        if (own is null) throw new InputException($"the encoder '{name}': expected an encoder, found null");
        (_own, Name, Input, FeatureDim) = (own, name, new EncoderInput { Size = own.Size }, own.FeatureDim);
        if (Input.Problems().FirstOrDefault() is { } problem)
            throw new InputException($"encoder '{name}': {problem}; change its Size");
        if (FeatureDim is < 1 or > MostFeatures)
            throw new InputException($"encoder '{name}': expected 1..{MostFeatures} features, found {FeatureDim}; "
                + "change its FeatureDim");
        Digest = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"own {name} {own.Version} {FeatureDim}\n{Input.Canonical}\n")));
    }

    public string Name { get; }

    public string Digest { get; }

    public int FeatureDim { get; }

    public EncoderInput Input { get; }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
    {
        // what it leaves out is then no number, rather than a feature of an earlier image
        features[..(count * FeatureDim)].Fill(float.NaN);
        _own.Encode(images, count, features);
    }

    public void Dispose() => (_own as IDisposable)?.Dispose();
}
