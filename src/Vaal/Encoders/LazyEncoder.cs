using System.Security.Cryptography;
using System.Text;

namespace Vaal.Encoders;

/// <summary>An encoder whose model is read when the first image is encoded: where all features are there, none is
/// needed.</summary>
/// <param name="basis">everything that decides the numbers, as text</param>
internal sealed class LazyEncoder(string name, string basis, int featureDim, EncoderInput input, Func<IEncoder> open)
    : IEncoder
{
    private readonly Lazy<IEncoder> _inner = new(open);

    public string Name => name;

    public string Digest { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{basis}\n{input.Canonical}\n")));

    public int FeatureDim => featureDim;

    public EncoderInput Input => input;

    /// <inheritdoc/>
    public void Load()
    {
        if (_inner.Value.FeatureDim != featureDim)
            throw new InputException($"expected {featureDim} features of {name}, found {_inner.Value.FeatureDim}");
    }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features) =>
        _inner.Value.Encode(images, count, features);

    public void Dispose()
    {
        if (_inner.IsValueCreated) _inner.Value.Dispose();
    }
}
