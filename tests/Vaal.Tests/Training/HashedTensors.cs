using System.Text;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Tensors made from their name by the rule in full_width_manifest.json, so that nothing large is
/// stored.</summary>
internal sealed class HashedTensors(ulong seed)
{
    public Tensor Make(string name, long[] shape, double scale, double offset)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        var key = Key(name);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(offset + scale * (2 * Uniform(key, i) - 1));
        return tensor(values).view(shape);
    }

    /// <summary>The first numbers of a tensor before they are scaled, in [0, 1).</summary>
    public IEnumerable<double> Uniforms(string name, int count)
    {
        var key = Key(name);
        return Enumerable.Range(0, count).Select(i => Uniform(key, i));
    }

    // FNV-1a
    private ulong Key(string name) => Encoding.UTF8.GetBytes(name)
        .Aggregate(0xcbf29ce484222325UL, (h, b) => unchecked((h ^ b) * 0x100000001b3UL)) ^ seed;

    // SplitMix64
    private static double Uniform(ulong key, int i)
    {
        var z = unchecked(key + (ulong)(i + 1) * 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
