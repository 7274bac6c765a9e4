using Vaal.Data;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>Images as tensors.</summary>
internal static class ImageBatches
{
    /// <summary>Copies images into one tensor: (B, C, H, W), uint8, on the CPU, in the order of
    /// <paramref name="ids"/>.</summary>
    public static Tensor Batch(this ImageSet images, ReadOnlySpan<int> ids)
    {
        ArgumentNullException.ThrowIfNull(images);
        var batch = empty(ids.Length, images.Channels, images.Height, images.Width, dtype: ScalarType.Byte);
        var bytes = batch.bytes;
        for (var i = 0; i < ids.Length; i++) images.CopyTo(ids[i], bytes[(i * images.ImageBytes)..]);
        return batch;
    }
}
