using System.Runtime.Intrinsics;

namespace Vaal.Coverage;

/// <summary>
/// Some rows in 16-bit fixed point, and their products with those of another block. One thread's; used again and again.
/// </summary>
/// <param name="most">rows at a time</param>
internal sealed class ShortBlock(UnitRows rows, int most)
{
    /// <summary>A closeness of −2, …, 0 in the units of the products.</summary>
    private const double Unit = (double)ShortProducts.One * ShortProducts.One;

    private readonly int _width = ShortProducts.Padded(rows.Width);
    private readonly short[] _values =
        GC.AllocateArray<short>(Tiles(most) * ShortProducts.Padded(rows.Width), pinned: true);
    private readonly int[] _half = new int[Lanes(most)];
    private readonly float[] _row = new float[rows.Width];

    /// <summary>Most that a closeness by these products is off.</summary>
    public static double Error(int width) => ShortProducts.Error(width) + 1e-6;

    /// <summary>The rows in it.</summary>
    public ReadOnlyMemory<int> Ids { get; private set; }

    /// <summary>½‖x‖² of each, in the units of the products.</summary>
    public ReadOnlySpan<int> Half => _half;

    private short[] Values => _values;

    /// <param name="ids">row numbers</param>
    /// <param name="floats">takes the rows themselves, where somebody wants them: (n, F)</param>
    public void Fill(ReadOnlyMemory<int> ids, Span<float> floats = default)
    {
        Ids = ids;
        for (var i = 0; i < Tiles(ids.Length); i++)
        {
            var into = _values.AsSpan(i * _width, _width);
            if (i >= ids.Length)
            {
                into.Clear();
                continue;
            }
            var row = floats.IsEmpty ? _row : floats.Slice(i * rows.Width, rows.Width);
            rows.Copy(ids.Span[i], row);
            ShortProducts.Quantise(row, into);
            _half[i] = (int)(rows.Half(ids.Span[i]) * Unit);
        }
    }

    /// <summary>Columns of a product with this block: its rows, up to a whole vector.</summary>
    public int Stride => Tiles(Ids.Length);

    /// <summary>Room for products of blocks of so many rows.</summary>
    public static int[] Room(int most, int others) =>
        GC.AllocateArray<int>(Tiles(most) * Tiles(others) + Vector512<int>.Count, pinned: true);

    /// <summary>
    /// Products of each row here with each of <paramref name="others"/>: (n, <see cref="Stride"/> of the others).
    /// </summary>
    public void Products(ShortBlock others, int[] into) =>
        ShortProducts.Multiply(_values.AsSpan(0, Stride * _width), others.Values.AsSpan(0, others.Stride * _width),
            _width, into);

    /// <summary>
    /// The least product, less ½‖y‖², with which a row may be nearer than <paramref name="closeness"/>.
    /// </summary>
    public int Threshold(double half, double closeness) =>
        (int)Math.Clamp((closeness + half - Error(rows.Width)) * Unit, int.MinValue, int.MaxValue);

    /// <summary>The threshold of each row here; of what lies beyond the last row no product reaches it.</summary>
    /// <param name="closeness">by position in <see cref="Ids"/></param>
    public void Thresholds(Func<int, double> closeness, int[] into)
    {
        Array.Fill(into, int.MaxValue);
        for (var i = 0; i < Ids.Length; i++) into[i] = Threshold(rows.Half(Ids.Span[i]), closeness(i));
    }

    /// <summary>Room for a number a row, up to a whole vector.</summary>
    public static int Lanes(int most) =>
        (most + Vector512<int>.Count - 1) / Vector512<int>.Count * Vector512<int>.Count;

    /// <summary>Of sixteen products of one row, those above its threshold, or above the other rows'.</summary>
    /// <param name="products">sixteen of a row</param>
    /// <param name="half">of the sixteen others</param>
    /// <param name="threshold">of the row</param>
    /// <returns>a bit each</returns>
    public static ulong Above(ReadOnlySpan<int> products, ReadOnlySpan<int> half, int threshold) =>
        Vector512.GreaterThan(Vector512.Create(products) - Vector512.Create(half),
            Vector512.Create(threshold)).ExtractMostSignificantBits();

    /// <param name="ownHalf">of the row</param>
    /// <param name="thresholds">of the sixteen others</param>
    public static ulong AboveOthers(ReadOnlySpan<int> products, int ownHalf, ReadOnlySpan<int> thresholds) =>
        Vector512.GreaterThan(Vector512.Create(products) - Vector512.Create(ownHalf),
            Vector512.Create(thresholds)).ExtractMostSignificantBits();

    private static int Tiles(int count) => (count + ShortProducts.Tile - 1) / ShortProducts.Tile * ShortProducts.Tile;
}
