using Google.Protobuf;
using Onnx;

namespace Vaal.Tests;

/// <summary>Small ONNX models whose output can be worked by hand.</summary>
internal static class OnnxModels
{
    public const int Float = 1, Float16 = 10;

    /// <summary>x → op → y.</summary>
    /// <param name="shape">of x; null: any</param>
    /// <param name="rank">of y</param>
    public static ModelProto Of(string op, int?[] shape, int rank, int type = Float, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = op, Input = { "x" }, Output = { "y" } };
        node.Attribute.AddRange(attributes);
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } },
            Graph = new GraphProto
            {
                Name = "g",
                Node = { node },
                Input = { Value("x", type, shape) },
                Output = { Value("y", type, new int?[rank]) }
            },
        };
    }

    /// <summary>The mean of each channel: (B, C) in the end, from (B, S, S, C).</summary>
    public static ModelProto MeanOfLastAxis(int?[] shape, int type = Float) => Of("ReduceMean", shape, 2, type,
        new AttributeProto { Name = "axes", Type = AttributeProto.Types.AttributeType.Ints, Ints = { 1, 2 } },
        new AttributeProto { Name = "keepdims", Type = AttributeProto.Types.AttributeType.Int, I = 0 });

    /// <summary>x + w, where w lies in another file.</summary>
    public static ModelProto WithExternal(string location)
    {
        var model = Of("GlobalAveragePool", [null, 3, null, null], 4);
        model.Graph.Node[0].Output[0] = "m";
        model.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { "m", "w" }, Output = { "y" } });
        model.Graph.Initializer.Add(new TensorProto
        {
            Name = "w",
            DataType = Float,
            Dims = { 1, 3, 1, 1 },
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = location } },
        });
        return model;
    }

    /// <summary>Writes a model and the settings beside it.</summary>
    /// <returns>the model's path</returns>
    public static string Write(this ModelProto model, TemporaryFolder folder, string name,
        string? settings = """{ "mean": [0, 0, 0], "std": [1, 1, 1] }""")
    {
        if (settings is not null) folder.Write(Path.ChangeExtension(name, ".json"), settings);
        return folder.Write(name, model.ToByteArray());
    }

    private static ValueInfoProto Value(string name, int type, int?[] shape)
    {
        var sizes = new TensorShapeProto();
        foreach (var (i, size) in shape.Index())
            sizes.Dim.Add(size is { } known ? new TensorShapeProto.Types.Dimension { DimValue = known }
                : new() { DimParam = $"{name}{i}" });
        return new() { Name = name, Type = new TypeProto { TensorType = new() { ElemType = type, Shape = sizes } } };
    }
}
