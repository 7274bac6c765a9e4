using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>DINOv2 ViT-B/14 (Oquab et al., 2023), exported to ONNX by onnx-community.</summary>
internal static class DinoV2Base
{
    public static EncoderEntry Entry { get; } = FetchedEncoder.Entry(
        new("dinov2-base", "ViT-B/14, self-supervised; four times the small one's time", "Apache-2.0",
            FetchedEncoder.DinoV2,
            new OnnxOptions { Output = "last_hidden_state", Pool = TokenPool.First }),
        featureDim: 768,
        "https://huggingface.co/onnx-community/dinov2-base/resolve/31ef06cac16d5d301c5930d147002a058c85a5e4/onnx/",
        new RemoteFile("model.onnx", 346_627_111, "320d1012a6fc65b101fc85ca30ee7a47b2e4f6a2e8bd78fb9d7036def0e30cb0"));
}
