using Google.Protobuf;
using Onnx;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Encoders;

/// <summary>
/// ResNet-18 trained on ImageNet, from the package Microsoft.ML.DnnImageFeaturizer.ResNet18: 512 features, the mean of
/// the last
/// maps. The model comes with the program (build/Encoders.targets).
/// </summary>
internal static class ResNet18Encoder
{
    public const string Name = "resnet18";
    private const string Sha256 = "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f";

    /// <summary>The planes B, G, R, 0..255, less ImageNet's mean.</summary>
    public static EncoderInput Input { get; } = new()
    {
        Size = 224,
        Bgr = true,
        White = 255,
        Mean = [103.06f, 115.90f, 123.15f],
        Std = [1, 1, 1],
    };

    public static EncoderEntry Entry { get; } = new(Name, "ResNet-18, ImageNet; comes with vaal", "MIT", 512,
        Open)
    {
        Verify = () => Model(),
        Graph = _ => new(Edited(Model()), Input, new OnnxOptions()),
    };

    /// <summary>Through libtorch in bfloat16 where the processor multiplies it, else through ONNX Runtime in
    /// float32.</summary>
    private static LazyEncoder Open(EncoderContext context) => BFloat16.InProcessor
        && context.Precision != Precision.Float32
        ? new(Name, $"folded bfloat16 {Sha256}", 512, Input, () => OpenTorch(ScalarType.BFloat16))
        : new(Name, $"onnx float32 {Sha256}", 512, Input, () => OpenRuntime());

    /// <summary>Through ONNX Runtime in float32.</summary>
    /// <param name="threads">of one call</param>
    public static OnnxImageEncoder OpenRuntime(EncoderInput? input = null, int threads = 1)
    {
        var file = Model();
        return OnnxImageEncoder.Open(Name, file, _ => input ?? Input, new OnnxOptions { Threads = threads },
            Edited(file).ToByteArray());
    }

    /// <summary>Through libtorch.</summary>
    /// <param name="type">Float32 or BFloat16</param>
    public static FoldedGraphEncoder OpenTorch(ScalarType type, EncoderInput? input = null)
    {
        var file = Model();
        return new FoldedGraphEncoder(Name, Edited(file), file.Sha256, input ?? Input, type);
    }

    /// <summary>Beside the program: the tool carries it; the package below puts it into a user's program.</summary>
    private static OnnxFile Model()
    {
        string[] places = ["encoders/resnet18.onnx", "DnnImageModels/ResNet18Onnx/ResNet18.onnx"];
        string[] paths = [.. places.Select(p => Path.Combine(AppContext.BaseDirectory, p))];
        return OnnxFile.Known(paths.FirstOrDefault(File.Exists) ?? paths[0], Sha256,
            "install vaal again, or reference the package Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1 "
                + "in your program");
    }

    /// <summary>The graph for any batch and any size: as shipped it is fixed to one image of 224 pixels.</summary>
    private static ModelProto Edited(OnnxFile file)
    {
        var model = OnnxFile.Parse(file.Path, file.Bytes);
        var graph = model.Graph;
        graph.ValueInfo.Clear();
        Free(graph.Input.Single(), "batch", "height", "width");
        Free(graph.Output.Single(), "batch", null, null);
        var pool = graph.Node.Single(n => n.OpType == "AveragePool");
        pool.OpType = "GlobalAveragePool";
        pool.Attribute.Clear();
        return model;
    }

    // sizes of batch, rows and columns become names
    private static void Free(ValueInfoProto value, string batch, string? rows, string? columns)
    {
        var dims = value.Type.TensorType.Shape.Dim;
        dims[0].DimParam = batch;
        if (rows is not null) dims[2].DimParam = rows;
        if (columns is not null) dims[3].DimParam = columns;
    }
}
