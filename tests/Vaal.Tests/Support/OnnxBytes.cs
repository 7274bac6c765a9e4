using System.Text;

namespace Vaal.Tests;

/// <summary>ONNX models of one node, written byte by byte (protobuf, onnx.proto): what they compute can be worked by
/// hand.</summary>
internal static class OnnxBytes
{
    public const int Float = 1, Double = 11;

    /// <param name="op">of one input x and one output y: Flatten, GlobalAveragePool, Relu …</param>
    /// <param name="shape">of x: a number, or null for any</param>
    /// <param name="type">of x and y</param>
    /// <param name="inputs">declared besides x, and not used</param>
    public static byte[] Model(string op, int?[] shape, int outputRank, int type = Float, params string[] inputs)
    {
        byte[] node = [.. Text(1, "x"), .. Text(2, "y"), .. Text(4, op)];
        byte[] graph =
        [
            .. Field(1, node), .. Text(2, "g"), .. Field(11, Value("x", type, shape)),
                .. inputs.SelectMany(name => Field(11, Value(name, type, shape))),
            .. Field(12, Value("y", type, new int?[outputRank])),
        ];
        return [.. Number(1, 8), .. Field(7, graph), .. Field(8, [.. Text(1, ""), .. Number(2, 13)])];
    }

    private static byte[] Value(string name, int type, int?[] shape)
    {
        byte[] sizes =
            [.. shape.SelectMany((size, i) => Field(1, size is { } known ? Number(1, known) : Text(2, $"{name}{i}")))];
        return [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, type), .. Field(2, sizes)]))];
    }

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, byte[] content) =>
        [.. VarInt(field << 3 | 2), .. VarInt(content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. VarInt(field << 3), .. VarInt(value)];

    private static byte[] VarInt(int value) =>
        value < 128 ? [(byte)value] : [(byte)(value & 127 | 128), .. VarInt(value >> 7)];
}
