using System.Text;

namespace Vaal.Tests;

/// <summary>A table of features as numpy writes it, with the names of its rows beside it: an encoder.</summary>
internal static class MadeTable
{
    public static void Write(string path, string[] names, Func<int, float[]> row)
    {
        var width = row(0).Length;
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({names.Length}, {width}), }}";
        header = header.PadRight((header.Length + 11) / 64 * 64 + 53) + "\n";
        using var file = new BinaryWriter(File.Create(path));
        file.Write([0x93, .. "NUMPY"u8, 1, 0]);
        file.Write((ushort)header.Length);
        file.Write(Encoding.ASCII.GetBytes(header));
        for (var i = 0; i < names.Length; i++)
            foreach (var value in row(i)) file.Write(value);
        File.WriteAllLines(Path.ChangeExtension(path, ".txt"), names);
    }
}
