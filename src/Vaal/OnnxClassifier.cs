using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Onnx;
using Vaal.Encoders;
using Vaal.Heads;

namespace Vaal;

/// <summary>
/// Joins an encoder and a linear model into one ONNX graph: images in 0..255 in, probabilities of the classes out.
/// Features are rounded to float16 in between, as those are that the model was fitted on.
/// </summary>
internal static class OnnxClassifier
{
    private const int Float = 1, Float16 = 10, Int64 = 7;
    private const string Own = "vaal/";

    /// <summary>A class without labels: e to it is 0.</summary>
    private const double Never = -1e30;

    /// <returns>a model that other tools run</returns>
    public static ModelProto Join(EncoderGraph encoder, LinearModel head)
    {
        var (model, input) = (encoder.Model, encoder.Input);
        var graph = model.Graph;
        var takes = EncoderGraph.InputOf(model);
        var shape = takes.Type.TensorType.Shape.Dim;
        var channelsLast = encoder.Options.Layout is { } told ? told == ImageLayout.Nhwc
            : shape[1].DimValue is not (1 or 3) && shape[3].DimValue is 1 or 3;
        var gives = encoder.Options.Output is { } name ? graph.Output.Single(o => o.Name == name) : graph.Output[0];
        var halfIn = takes.Type.TensorType.ElemType == Float16;
        var halfOut = gives.Type.TensorType.ElemType == Float16;
        var rank = gives.Type.TensorType.Shape?.Dim.Count ?? 2;
        var (image, probabilities) = (Free(graph, "image"), Free(graph, "probabilities"));

        // weights that are inputs too could be given from outside; since IR 4 they need not be
        for (var i = graph.Input.Count - 1; i >= 0; i--) graph.Input.RemoveAt(i);
        model.IrVersion = Math.Max(model.IrVersion, 4);
        graph.Output.Clear();
        var nodes = new Nodes(graph);

        var before = nodes.Begin();
        var x = image;
        if (encoder.Flips)
        {
            long[] mirrored = [.. Enumerable.Range(0, input.Size).Select(column => input.Size - 1L - column)];
            var mirror = nodes.Add("Gather", [x, nodes.Numbers("mirror", [input.Size], mirrored)], ("axis", 3));
            x = nodes.Add("Concat", [x, mirror], ("axis", 0));                                // (2 B, C, S, S)
        }
        if (input.Bgr) x = nodes.Add("Gather", [x, nodes.Numbers("order", [3], [2L, 1, 0])], ("axis", 1));
        float[] scale = [.. input.Std.Select(s => input.White / 255f / s)];
        float[] shift = [.. input.Mean.Zip(input.Std, (m, s) => m / s)];
        x = nodes.Add("Mul", [x, nodes.Numbers("scale", [1, input.Channels, 1, 1], scale)]);
        x = nodes.Add("Sub", [x, nodes.Numbers("shift", [1, input.Channels, 1, 1], shift)]);
        if (channelsLast) x = nodes.Add("Transpose", [x], ("perm", new long[] { 0, 2, 3, 1 }));
        if (halfIn) x = nodes.Add("Cast", [x], ("to", Float16));
        nodes.Rename(x, takes.Name);
        nodes.MoveToFront(before);

        var y = gives.Name;
        if (halfOut) y = nodes.Add("Cast", [y], ("to", Float));
        if (rank == 3)
            y = encoder.Options.Pool == TokenPool.First
                ? nodes.Add("Gather", [y, nodes.Numbers("first", [], [0L])], ("axis", 1))
                : nodes.Add("GlobalAveragePool", [nodes.Add("Transpose", [y], ("perm", new long[] { 0, 2, 1 }))]);
        y = nodes.Add("Flatten", [y], ("axis", 1));                                         // (B, F)
        if (encoder.Flips) y = MeanOfTwo(nodes, y, head.Width);
        y = nodes.Add("Cast", [nodes.Add("Cast", [y], ("to", Float16))], ("to", Float));
        y = nodes.Add("Sub", [y, nodes.Numbers("mean", [1, head.Width], Singles(head.Mean))]);
        var ones = nodes.Numbers("ones", [head.Width, 1], [.. Enumerable.Repeat(1f, head.Width)]);
        var square = nodes.Add("MatMul", [nodes.Add("Mul", [y, y]), ones]);                  // (B, 1)
        var length = nodes.Add("Sqrt", [nodes.Add("Add", [square, nodes.Numbers("tiny", [1, 1], [1e-24f])])]);
        y = nodes.Add("Div", [y, length]);
        if (head.Hidden is { } hidden) y = Behind(nodes, y, hidden, head.Width);
        var (k, weights) = (head.Intercepts.Length, new float[head.Weights.Length]);         // (F, K)
        for (var c = 0; c < k; c++)
            for (var f = 0; f < head.LastWidth; f++)
                weights[f * k + c] = (float)(head.Weights[c * head.LastWidth + f] / head.Temperature);
        y = nodes.Add("MatMul", [y, nodes.Numbers("weight", [head.LastWidth, k], weights)]);
        float[] bias = [.. head.Intercepts.Select(b => (float)Math.Clamp(b / head.Temperature, Never, -Never))];
        y = nodes.Add("Add", [y, nodes.Numbers("bias", [1, k], bias)]);
        y = head.MultiLabel ? nodes.Add("Sigmoid", [y]) : nodes.Add("Softmax", [y], ("axis", 1));
        nodes.Rename(y, probabilities);

        var batch = shape[0].DimValue;
        graph.Input.Add(Value(image, batch, input.Channels, input.Size, input.Size));
        graph.Output.Add(Value(probabilities, batch, k));
        Describe(model, input, head);
        return model;
    }

    // (B, F) to (B, H)
    private static string Behind(Nodes nodes, string y, HiddenLayer hidden, int width)
    {
        var weights = new float[width * hidden.Units];                                       // (F, H)
        for (var f = 0; f < width; f++)
            for (var h = 0; h < hidden.Units; h++) weights[f * hidden.Units + h] = (float)hidden.Weights[h * width + f];
        y = nodes.Add("MatMul", [y, nodes.Numbers("hidden weight", [width, hidden.Units], weights)]);
        y = nodes.Add("Add", [y, nodes.Numbers("hidden bias", [1, hidden.Units], Singles(hidden.Biases))]);
        return nodes.Add("Relu", [y]);
    }

    // (2 B, F), the mirror images last, to (B, F)
    private static string MeanOfTwo(Nodes nodes, string y, int width)
    {
        y = nodes.Add("Reshape", [y, nodes.Numbers("two", [3], [2L, -1, width])]);
        string[] halves = [.. new long[] { 0, 1 }.Select(i =>
            nodes.Add("Gather", [y, nodes.Numbers($"half {i}", [], [i])], ("axis", 0)))];
        return nodes.Add("Mul", [nodes.Add("Add", halves), nodes.Numbers("0.5", [1, 1], [0.5f])]);
    }

    /// <summary>Writes the joined model whole or not at all.</summary>
    public static void Save(EncoderGraph encoder, LinearModel head, string path) =>
        AtomicFile.Create(path, stream => Join(encoder, head).WriteTo(stream));

    /// <summary>Whether a file is such a model, or empty: it may be replaced.</summary>
    public static bool IsOne(string path)
    {
        using var file = RegularFile.OpenRead(path);
        var start = new byte[8];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        // the version, which takes one byte, and the name of the producer
        return read == 0 || start[0] == 0x08 && start.AsSpan(2).SequenceEqual("\u0012\u0004vaal"u8);
    }

    private static void Describe(ModelProto model, EncoderInput input, LinearModel head)
    {
        (model.ProducerName, model.DocString) = ("vaal",
            $"Takes RGB images as numbers from 0 to 255, {input.Size}×{input.Size} pixels, planes first; gives the "
            + "probability of each class. The names of the classes are in the metadata 'classes'.");
        Dictionary<string, string> about = new()
        {
            ["classes"] = JsonSerializer.Serialize(head.Classes, Json.Options),
            ["encoder"] = PretrainedEncoders.Shown(head.Encoder),
            ["size"] = input.Size.ToString(CultureInfo.InvariantCulture),
            ["resize"] = (input.Resize ?? input.Size).ToString(CultureInfo.InvariantCulture),
            ["fit"] = input.Fit.ToString().ToLowerInvariant(),
        };
        if (head.MultiLabel) about["several"] = "true";
        foreach (var (key, value) in about)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    // a name that nothing in the graph has
    private static string Free(GraphProto graph, string name)
    {
        var taken = graph.Node.SelectMany(n => n.Input.Concat(n.Output)).ToHashSet();
        while (taken.Contains(name)) name += "_";
        return name;
    }

    private static float[] Singles(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static ValueInfoProto Value(string name, long batch, params int[] sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(batch > 0 ? new TensorShapeProto.Types.Dimension { DimValue = batch }
            : new() { DimParam = "batch" });
        foreach (var size in sizes) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new() { Name = name, Type = new TypeProto { TensorType = new() { ElemType = Float, Shape = shape } } };
    }

    /// <summary>Adds nodes to a graph under names of their own.</summary>
    private sealed class Nodes(GraphProto graph)
    {
        private int _next;

        public int Begin() => graph.Node.Count;

        public string Add(string op, string[] inputs, params (string Name, object Value)[] attributes)
        {
            var output = $"{Own}{++_next}";
            var node = new NodeProto { OpType = op, Name = output, Input = { inputs }, Output = { output } };
            foreach (var (name, value) in attributes)
                node.Attribute.Add(value is long[] list
                    ? new AttributeProto
                    {
                        Name = name,
                        Type = AttributeProto.Types.AttributeType.Ints,
                        Ints = { list }
                    }
                    : new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = (int)value });
            graph.Node.Add(node);
            return output;
        }

        public string Numbers(string name, long[] dims, float[] values)
        {
            var tensor = new TensorProto { Name = Own + name, DataType = Float, Dims = { dims } };
            tensor.FloatData.Add(values);
            graph.Initializer.Add(tensor);
            return tensor.Name;
        }

        public string Numbers(string name, long[] dims, long[] values)
        {
            var tensor = new TensorProto { Name = Own + name, DataType = Int64, Dims = { dims } };
            tensor.Int64Data.Add(values);
            graph.Initializer.Add(tensor);
            return tensor.Name;
        }

        /// <summary>Of the last node's output.</summary>
        public void Rename(string output, string to) => graph.Node.Last(n => n.Output[0] == output).Output[0] = to;

        /// <summary>Nodes stand in the order in which they are computed.</summary>
        public void MoveToFront(int from)
        {
            NodeProto[] moved = [.. graph.Node.Skip(from)];
            while (graph.Node.Count > from) graph.Node.RemoveAt(from);
            for (var i = 0; i < moved.Length; i++) graph.Node.Insert(i, moved[i]);
        }
    }
}
