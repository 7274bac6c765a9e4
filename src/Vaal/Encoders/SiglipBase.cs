using Vaal.Data;
using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>The image half of SigLIP base, patch 16, 224 pixels (Zhai et al., 2023), exported to ONNX by
/// Xenova.</summary>
internal static class SiglipBase
{
    public static EncoderEntry Entry { get; } = FetchedEncoder.Entry(
        new("siglip-base", "ViT-B/16, trained with texts; knows what things are called", "Apache-2.0",
            new EncoderInput { Size = 224, Fit = Fit.Stretch, Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] },
            new OnnxOptions { Output = "pooler_output" }),
        featureDim: 768,
        "https://huggingface.co/Xenova/siglip-base-patch16-224/resolve/4649052661e53c7000355844105f8a1792088239/onnx/",
        new RemoteFile("vision_model.onnx", 371_819_850,
            "f89d41bac7f4d4b87e010a467d93f98689d708916ed22f5a07f96fdfa26f475f"));
}
