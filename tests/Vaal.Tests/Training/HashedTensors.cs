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
        var i = 0;
        foreach (var u in Uniforms(name).Take(values.Length)) values[i++] = (float)(offset + scale * (2 * u - 1));
        return tensor(values).view(shape);
    }

    /// <summary>FNV-1a of the name, then SplitMix64.</summary>
    public IEnumerable<double> Uniforms(string name)
    {
        var key = Encoding.UTF8.GetBytes(name)
            .Aggregate(0xcbf29ce484222325UL, (h, b) => unchecked((h ^ b) * 0x100000001b3UL)) ^ seed;
        for (var i = 1UL; ; i++)
        {
            var z = unchecked(key + i * 0x9E3779B97F4A7C15UL);
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
            yield return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}
