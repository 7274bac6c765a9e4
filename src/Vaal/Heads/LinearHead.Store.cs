namespace Vaal.Heads;

/// <summary>A head as bytes: what was read gives the same probabilities as what was written, bit for bit.</summary>
internal sealed partial class LinearHead
{
    private LinearHead(int classes, int width, int[] learned, double[] constant, double[] parameters)
    {
        (Classes, Width, _learned, _constant, _parameters) = (classes, width, learned, constant, parameters);
        _paddedWidth = DoubleProducts.Padded(width, DoubleProducts.Lane);
        _paddedClasses = DoubleProducts.Padded(learned.Length, DoubleProducts.Tile);
    }

    public void Write(BinaryWriter to)
    {
        to.Write(Classes);
        to.Write(Width);
        to.Write(MultiLabel);
        to.Write(Temperature);
        to.Write(_learned.Length);
        foreach (var k in _learned) to.Write(k);
        foreach (var c in _constant) to.Write(c);
        to.Write(_parameters.Length);
        foreach (var p in _parameters) to.Write(p);
    }

    public static LinearHead Read(BinaryReader from)
    {
        var (classes, width, several, temperature) =
            (from.ReadInt32(), from.ReadInt32(), from.ReadBoolean(), from.ReadDouble());
        int[] learned = [.. Enumerable.Range(0, from.ReadInt32()).Select(_ => from.ReadInt32())];
        double[] constant = [.. Enumerable.Range(0, classes).Select(_ => from.ReadDouble())];
        double[] parameters = [.. Enumerable.Range(0, from.ReadInt32()).Select(_ => from.ReadDouble())];
        return new(classes, width, learned, constant, parameters)
        {
            MultiLabel = several,
            Temperature = temperature,
        };
    }
}
