using System.Runtime.InteropServices;

namespace Vaal.Data.Features;

/// <summary>Features of some images, by the caller's numbers 0..Count-1: float16 rows of a feature file.</summary>
internal sealed class FeatureRows : IDisposable
{
    private readonly PixelStore? _file;
    private readonly long[] _offsets;

    /// <param name="file">disposed with this; null where no image has features</param>
    /// <param name="digest">of the encoder</param>
    /// <param name="offsets">of each row in the file; -1: the image has none</param>
    /// <param name="problems">why an image has none, by its number</param>
    public FeatureRows(PixelStore? file, string digest, long[] offsets, int dim,
        IReadOnlyDictionary<int, string> problems)
        => (_file, Digest, _offsets, Dim, Problems) = (file, digest, offsets, dim, problems);

    /// <summary>Images, with features or without.</summary>
    public int Count => _offsets.Length;

    /// <summary>F.</summary>
    public int Dim { get; }

    /// <summary>Of the encoder, hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>Why an image has no features, by its number.</summary>
    public IReadOnlyDictionary<int, string> Problems { get; }

    public bool Has(int image) => _offsets[image] >= 0;

    /// <summary>The row of one image, F numbers.</summary>
    /// <exception cref="InvalidOperationException">it has none</exception>
    public ReadOnlySpan<Half> this[int image] => Has(image)
        ? MemoryMarshal.Cast<byte, Half>(_file!.Slice(_offsets[image], Dim * sizeof(ushort)))
        : throw new InvalidOperationException($"image {image} has no features: {Problems.GetValueOrDefault(image)}");

    /// <summary>Rows of some images as float32, row after row: images.Length × F.</summary>
    public float[] Rows(ReadOnlySpan<int> images)
    {
        var rows = new float[checked(images.Length * Dim)];
        for (var i = 0; i < images.Length; i++)
        {
            var row = this[images[i]];
            for (var c = 0; c < row.Length; c++) rows[i * Dim + c] = (float)row[c];
        }
        return rows;
    }

    public void Dispose() => _file?.Dispose();
}
