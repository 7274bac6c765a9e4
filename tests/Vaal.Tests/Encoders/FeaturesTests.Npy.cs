using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Vaal.Strategies;

namespace Vaal.Tests.Encoders;

/// <summary>Features in a .npy file.</summary>
public sealed partial class FeaturesTests
{
    // version 1: the length in two bytes; 2 and 3: in four
    private static byte[] Npy(string header, byte[] numbers, byte version = 1)
    {
        var text = Encoding.UTF8.GetBytes(header + "\n");
        byte[] length = version == 1
            ? [(byte)text.Length, (byte)(text.Length >> 8)]
            : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. numbers];
    }

    private static byte[] Singles(params float[] values) =>
        [.. values.SelectMany(v => Bytes(4, b => BinaryPrimitives.WriteSingleLittleEndian(b, v)))];

    private static byte[] Doubles(params double[] values) =>
        [.. values.SelectMany(v => Bytes(8, b => BinaryPrimitives.WriteDoubleLittleEndian(b, v)))];

    private static byte[] Bytes(int count, Action<byte[]> write)
    {
        var bytes = new byte[count];
        write(bytes);
        return bytes;
    }

    private static string Header(int rows, int columns, string type = "<f4") =>
        $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";

    [Fact]
    public void Npy_EachVersionAndType_IsReadRowByRow()
    {
        float[] expected = [1, -2.5f, 3, 0.1f, float.MaxValue, 6];
        var singles = Singles(expected);
        var doubles = Doubles([.. expected.Select(v => (double)v)]);
        foreach (var bytes in new[]
        {
            Npy(Header(2, 3), singles), Npy(Header(2, 3), singles, 2), Npy(Header(2, 3, "<f8"), doubles, 3),
            Npy("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f8\"}   ", doubles),
        })
        {
            var (values, columns) = Vaal.Data.Npy.Read(_folder.Write("x.npy", bytes), 2);
            Assert.Equal(3, columns);
            Assert.Equal(expected, values);
        }
        Assert.Equal([1f, -2.5f],
            Vaal.Data.Npy.Read(_folder.Write("x.npy", Npy(Header(2, 1, "<f2"), [0x00, 0x3c, 0x00, 0xc1])), 2).Values);
        Assert.Equal(
            (float)Math.PI,
            Vaal.Data.Npy.Read(_folder.Write("x.npy", Npy(Header(1, 1, "<f8"), Doubles(Math.PI))), 1).Values[0]);
    }

    public static TheoryData<string, string, byte[]> Bad => new()
    {
        { "empty", "is not a .npy file; expected a table of float16, float32 or float64", [] },
        { "text", "is not a .npy file; ", [.. "1,2,3,4,5,6,7,8"u8] },
        { "zip", "is not a .npy file; ", [.. "PK\x03\x04 an .npz is a zip"u8] },
        { "start", "is cut short: it has 8 bytes", [0x93, .. "NUMPY"u8, 1, 0] },
        { "version", "has version 9 of the format", Npy(Header(2, 1), Singles(1, 2), 9) },
        { "header", "is cut short: its header has 65535 bytes", [0x93, .. "NUMPY"u8, 1, 0, 255, 255, .. "{'descr'"u8] },
        { "no shape", "is damaged: its header has no shape: {'descr': '<f4', 'fortran_order': False}",
            Npy("{'descr': '<f4', 'fortran_order': False}", []) },
        { "fortran", "has its numbers column by column (fortran_order)",
            Npy(Header(2, 1).Replace("False", "True", StringComparison.Ordinal), Singles(1, 2)) },
        { "rows", "has 3 rows, and the pool has 2 images", Npy(Header(3, 1), Singles(1, 2, 3)) },
        { "1-D", "has the shape (2,); ",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Singles(1, 2)) },
        { "3-D", "has the shape (2, 1, 1); ",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1), }", Singles(1, 2)) },
        { "no columns", "has the shape (2, 0); ", Npy(Header(2, 0), []) },
        { "huge", "at most",
            Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 9000000000000000000), }", Singles(1, 2)) },
        { "negative", "is damaged: it has the shape (2, -1)", Npy(Header(2, -1), []) },
        { "integers", "has numbers of type '<i8'; expected a table of float16, float32 or float64",
            Npy(Header(2, 1, "<i8"), Doubles(1, 2)) },
        { "complex", "has numbers of type '<c8'; ", Npy(Header(2, 1, "<c8"), new byte[16]) },
        { "structure", "has numbers of type '[('a', '<f4')]'; ",
            Npy(Header(2, 1).Replace("'<f4'", "[('a', '<f4')]", StringComparison.Ordinal), Singles(1, 2)) },
        { "big end", "has its numbers big end first ('>f4'); expected little end first ('<f4')",
            Npy(Header(2, 1, ">f4"), Singles(1, 2)) },
        { "short", "is cut short: its header says 8 bytes of numbers, and 7 follow it",
            Npy(Header(2, 1), Singles(1, 2)[..7]) },
        { "long", "is damaged: its header says 8 bytes of numbers, and 12 follow it",
            Npy(Header(2, 1), Singles(1, 2, 3)) },
        { "NaN", "gives image 1 the feature NaN in column 0; expected finite numbers",
            Npy(Header(2, 2), Singles(1, 2, float.NaN, 3)) },
        { "infinite", "gives image 0 the feature -Infinity in column 1; ",
            Npy(Header(2, 2), Singles(1, float.NegativeInfinity, 3, 4)) },
        { "too large", "gives image 1 the feature Infinity in column 0; ",
            Npy(Header(2, 1, "<f8"), Doubles(1, 1e300)) },
    };

    [Theory, MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Npy_ThatCannotBe_IsRefusedInOneLine(string name, string problem, byte[] bytes) =>
        RefusedInOneLine(_folder.Write($"{name}.npy", bytes), problem);

    private static void RefusedInOneLine(string file, string problem)
    {
        using var images = TinyImages.Set(2);
        var message = Assert.Throws<InputException>(() => new FeatureSource(file, images)).Message;
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Npy_AnyByteOfItsHeaderChanged_IsReadOrRefused()
    {
        using var images = TinyImages.Set(2);
        var whole = Npy(Header(2, 2), Singles(1, 2, 3, 4));
        Gen.Select(Gen.Int[0, whole.Length - 17], Gen.Byte).Sample((at, value) =>
        {
            byte[] bytes = [.. whole];
            bytes[at] = value;
            try { _ = new FeatureSource(_folder.Write("x.npy", bytes), images); }
            catch (InputException e) { Assert.DoesNotContain('\n', e.Message); }
        }, iter: 1_000, threads: 1);
    }
}
