namespace Vaal.Encoders;

/// <summary>A frozen network that turns an image into a row of features.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>As the user writes it: a name of the table, or the file's name.</summary>
    string Name { get; }

    /// <summary>SHA-256, hexadecimal, of everything that decides the numbers: weights, preparation,
    /// arithmetic.</summary>
    string Digest { get; }

    /// <summary>F, the length of a row.</summary>
    int FeatureDim { get; }

    /// <summary>What the encoder wants to be given.</summary>
    EncoderInput Input { get; }

    /// <summary>Reads the model now, where that was put off.</summary>
    /// <exception cref="InputException">it is missing, damaged, or does not fit</exception>
    void Load()
    {
    }

    /// <summary>Encodes some images. Several threads may call it at once.</summary>
    /// <param name="images">count × (C, S, S) bytes, as <see cref="Input"/> says; RGB where C is 3</param>
    /// <param name="features">receives count × F numbers, row after row; they may be NaN</param>
    /// <exception cref="InputException">the model cannot be run on them</exception>
    void Encode(ReadOnlySpan<byte> images, int count, Span<float> features);
}
