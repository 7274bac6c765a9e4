using Onnx;

namespace Vaal.Encoders;

/// <summary>An encoder's network as an ONNX graph, and how its input is made: what an exported model is joined
/// from.</summary>
/// <param name="Model">the caller's own copy</param>
internal sealed record EncoderGraph(ModelProto Model, EncoderInput Input, OnnxOptions Options)
{
    /// <summary>Features are the mean of those of an image and of its mirror image.</summary>
    public bool Flips { get; init; }

    /// <param name="name">of the table, or the path of a user's own <c>.onnx</c> model</param>
    /// <exception cref="InputException">it has no graph that could be joined, or its model is missing or
    /// damaged</exception>
    public static EncoderGraph Of(string name, EncoderContext context)
    {
        if (FlippedEncoder.Parse(name) is (var own, true)) return Flipped(Of(own, context));
        if (PretrainedEncoders.All.TryGetValue(name, out var known))
            return known.Graph?.Invoke(context) ?? throw None(name);
        if (ForeignFeatures.Recognises(name)) throw None(name);
        var file = OnnxFile.Read(name);
        if (file.HasExternalData)
            throw new InputException($"expected the weights of {name} inside the file, found them in other files; "
                + "save the model as one file");
        var (model, settings) = (OnnxFile.Parse(name, file.Bytes), EncoderSettings.Beside(name));
        var options = new OnnxOptions
        {
            Output = settings.Output,
            Pool = settings.Pool,
            Layout = settings.Layout,
        };
        long[] shape = [.. InputOf(model).Type.TensorType.Shape.Dim.Select(d => d.DimValue)];
        return new(model, settings.Input(shape.Length == 4 && shape[2] > 3 ? (int)shape[2] : null), options);
    }

    /// <summary>The input that is not a weight.</summary>
    public static ValueInfoProto InputOf(ModelProto model)
    {
        var weights = model.Graph.Initializer.Select(t => t.Name).ToHashSet();
        return model.Graph.Input.Single(i => !weights.Contains(i.Name));
    }

    // an image and its mirror image go in together
    private static EncoderGraph Flipped(EncoderGraph graph) =>
        InputOf(graph.Model).Type.TensorType.Shape.Dim[0].DimValue is > 0 and var images
            ? throw new InputException(
                $"expected an encoder for any number of images with --encoder-flip, found one for {images}; "
                + "'vaal init --encoder NAME' makes features without mirror images")
            : graph with { Flips = true };

    private static InputException None(string name) => new(
        $"expected an encoder with an ONNX graph, such as resnet18, found '{name}'; "
            + "'vaal init --encoder resnet18' changes the encoder");
}
