using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Onnx;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Encoders;

/// <summary>A convolutional network, read from an ONNX graph, as an encoder on libtorch.</summary>
internal sealed class FoldedGraphEncoder : IEncoder
{
    private readonly FoldedGraph _graph;
    private readonly ScalarType _type;

    /// <param name="sha256">of the model</param>
    /// <param name="type">that the network computes in</param>
    /// <exception cref="InputException">the graph has an operator that is not supported</exception>
    public FoldedGraphEncoder(string name, ModelProto model, string sha256, EncoderInput input, ScalarType type)
    {
        Libtorch.Ready();
        (Name, Input, _type) = (name, input, type);
        _graph = new FoldedGraph(model.Graph, type);
        FeatureDim = _graph.Outputs;
        Digest = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"folded {type} {sha256}\n{input.Canonical}\n")));
    }

    public string Name { get; }

    public string Digest { get; }

    public int FeatureDim { get; }

    public EncoderInput Input { get; }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var x = empty(count, Input.Size, Input.Size, Input.Channels);                       // float32
        Input.Normalise(images, count, Values(x), channelsLast: true);
        // (B, C, S, S), channels last in memory
        x = x.permute(0, 3, 1, 2).to(_type);
        var y = _graph.Run(x).to(ScalarType.Float32);                                       // (B, F)
        Values(y).CopyTo(features);
    }

    private static Span<float> Values(Tensor x) => MemoryMarshal.Cast<byte, float>(x.bytes);

    public void Dispose() => _graph.Dispose();
}
