namespace Vaal.Encoders;

/// <summary>An encoder of your own: it turns an image into a row of features.
/// <see cref="PretrainedEncoders.Register"/> gives it a name.</summary>
public interface IImageEncoder
{
    /// <summary>S, the side of the square that images are brought to, in pixels: the centre is cut out.</summary>
    int Size { get; }

    /// <summary>F, the length of a row.</summary>
    int FeatureDim { get; }

    /// <summary>Any text that changes whenever the features of an image change: stored features are then made
    /// anew.</summary>
    string Version { get; }

    /// <summary>Encodes some images. Several threads may call it at once.</summary>
    /// <param name="images">count × (3, S, S) bytes: the red plane of the first image, then green, blue</param>
    /// <param name="features">receives count × F finite numbers, row after row</param>
    void Encode(ReadOnlySpan<byte> images, int count, Span<float> features);
}
