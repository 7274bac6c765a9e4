using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>DINOv2 ViT-S/14 (Oquab et al., 2023), exported to ONNX by onnx-community.</summary>
internal static class DinoV2Small
{
    public static EncoderEntry Entry { get; } = FetchedEncoder.Entry(
        new("dinov2-small", "ViT-S/14, self-supervised; sees details", "Apache-2.0", FetchedEncoder.DinoV2,
            new OnnxOptions { Output = "last_hidden_state", Pool = TokenPool.First }),
        featureDim: 384,
        "https://huggingface.co/onnx-community/dinov2-small/resolve/8b1f705a3a7f6f062f6bdd21986c1583d3ef105d/onnx/",
        new RemoteFile("model.onnx", 88_532_934, "f22797eabf810a75e41de68d378541ebea372122b25c4ce3ef25ff618250c20a"));
}
