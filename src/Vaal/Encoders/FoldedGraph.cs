using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using Onnx;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Vaal.Encoders;

/// <summary>
/// A residual network from an ONNX graph: convolutions with their batch normalisation folded in, ReLU, max pooling,
/// additions,
/// and at the end the mean over the map. Maps and weights have their channels last, which spares oneDNN's reorders.
/// </summary>
internal sealed class FoldedGraph : IDisposable
{
    private readonly List<Step> _steps = [];
    private readonly string _input, _output;

    private sealed record Step(string Op, string[] Inputs, string Output)
    {
        // (O, C, k, k), channels last
        public Tensor? Weight { get; init; }
        public Tensor? Bias { get; init; }                                                  // (O)
        public int Kernel { get; init; }
        public int Stride { get; init; } = 1;

        /// <summary>Rows above and below, columns left and right: the same both ways.</summary>
        public (int Before, int After) Padding { get; init; }

        /// <summary>Values that nothing needs after this step.</summary>
        public string[] Last { get; set; } = [];
    }

    /// <param name="type">that weights are kept and maps computed in</param>
    /// <exception cref="InputException">the graph has an operator that is not supported</exception>
    public FoldedGraph(GraphProto graph, ScalarType type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var constants = graph.Initializer.ToDictionary(t => t.Name);
        var norms = graph.Node.Where(n => n.OpType == "BatchNormalization").ToDictionary(n => n.Input[0]);
        _input = graph.Input.First(i => !constants.ContainsKey(i.Name)).Name;
        _output = graph.Output.Single().Name;
        foreach (var node in graph.Node)
        {
            if (node.OpType == "BatchNormalization") continue;                              // folded
            var step = new Step(node.OpType, [.. node.Input.Where(i => !constants.ContainsKey(i))], node.Output[0]);
            _steps.Add(node.OpType switch
            {
                "Conv" => Convolution(step, node, constants, norms, type),
                "MaxPool" => Pooling(step, node),
                "Relu" or "Add" or "GlobalAveragePool" => step,
                _ => throw new InputException($"expected a residual network of known operators, found {node.OpType}"),
            });
        }
        Outputs = (int)_steps.Last(s => s.Weight is not null).Weight!.shape[0];
        var needed = new HashSet<string> { _output };
        foreach (var step in Enumerable.Reverse(_steps)) step.Last = [.. step.Inputs.Where(needed.Add)];
    }

    /// <summary>Columns of the result.</summary>
    public int Outputs { get; }

    /// <param name="x">(B, C, S, S), channels last</param>
    /// <returns>(B, F)</returns>
    public Tensor Run(Tensor x)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor> { [_input] = x.alias() };
        foreach (var step in _steps)
        {
            values[step.Output] = Do(step, [.. step.Inputs.Select(i => values[i])]);
            foreach (var name in step.Last)
                if (values.Remove(name, out var over) && !ReferenceEquals(over, values[step.Output])) over.Dispose();
        }
        return values[_output].flatten(1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var step in _steps)
        {
            step.Weight?.Dispose();
            step.Bias?.Dispose();
        }
    }

    private static Tensor Do(Step step, Tensor[] x) => step.Op switch
    {
        "Conv" => conv2d(Padded(x[0], step), step.Weight!, step.Bias, Both(step.Stride), Both(step.Padding.Before)),
        "MaxPool" => max_pool2d(Padded(x[0], step), Both(step.Kernel), Both(step.Stride), Both(step.Padding.Before)),
        "Relu" => step.Last.Length == 1 ? x[0].relu_() : x[0].relu(),
        "Add" => step.Last.Contains(step.Inputs[0]) ? x[0].add_(x[1]) : x[0].add(x[1]),
        _ => x[0].mean([2, 3]),
    };

    // Padding that differs by one row comes to the same as the larger one on both sides where the stride skips that
    // row.
    private static long[] Both(int side) => [side, side];

    private static Tensor Padded(Tensor x, Step step)
    {
        var (before, after) = step.Padding;
        long Windows(long end) => (x.shape[2] + before + end - Kernel(step)) / step.Stride;
        if (before == after || Windows(before) == Windows(after)) return x;
        throw new InputException(
            $"expected images of a size that this network's padding fits, found maps of {x.shape[2]}×{x.shape[3]}");
    }

    private static long Kernel(Step step) => step.Weight?.shape[2] ?? step.Kernel;

    private static Step Pooling(Step step, NodeProto node) =>
        step with { Kernel = (int)Ints(node, "kernel_shape")[0], Stride = Stride(node), Padding = Padding(node) };

    private static Step Convolution(Step step, NodeProto node, Dictionary<string, TensorProto> constants,
        Dictionary<string, NodeProto> norms, ScalarType type)
    {
        if (Ints(node, "dilations").Any(d => d != 1) || node.Attribute.FirstOrDefault(a => a.Name == "group")?.I is > 1)
            throw new InputException($"expected plain convolutions, found {node.Name} with groups or dilation");
        var weight = Constant(constants[node.Input[1]]);                                    // (O, C, k, k)
        var bias = node.Input.Count > 2 ? Constant(constants[node.Input[2]]) : zeros(weight.shape[0]);
        var output = node.Output[0];
        if (norms.TryGetValue(output, out var norm))
        {
            var (gamma, beta, mean, variance) = (Of(norm, 1), Of(norm, 2), Of(norm, 3), Of(norm, 4));   // (O) each
            var epsilon = norm.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5f;
            var scale = gamma / (variance + epsilon).sqrt();
            (weight, bias, output) = (weight * scale.view(-1, 1, 1, 1), beta + (bias - mean) * scale, norm.Output[0]);
        }
        return step with
        {
            Output = output,
            Weight = ChannelsLast.Of(weight.to(type)).DetachFromDisposeScope(),
            Bias = bias.to(type, copy: true).DetachFromDisposeScope(),
            Stride = Stride(node),
            Padding = Padding(node),
        };

        Tensor Of(NodeProto of, int input) => Constant(constants[of.Input[input]]);
    }

    private static Tensor Constant(TensorProto t) => tensor(
        t.FloatData.Count > 0 ? [.. t.FloatData] : MemoryMarshal.Cast<byte, float>(t.RawData.Span).ToArray(),
        [.. t.Dims]);

    private static int Stride(NodeProto node) => Ints(node, "strides") is [var down, var across] && down == across
        ? (int)down
        : throw new InputException($"expected the same stride both ways, found another in {node.Name}");

    private static (int Before, int After) Padding(NodeProto node) =>
        Ints(node, "pads") is [var top, var left, var bottom, var right] && top == left && bottom == right
            ? ((int)top, (int)bottom)
        : throw new InputException($"expected the same padding both ways, found another in {node.Name}");

    private static RepeatedField<long> Ints(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(a => a.Name == name)?.Ints ?? [];
}
